// Long lists that grow as they are scrolled, so that thousands cost nothing before they are looked at.
"use strict";

(() => {
  // A list that is filled a batch at a time: `show(items)` begins anew, `reach(place)` makes all up to a place.
  page.growing = (list, make, batch = 32) => {
    const end = page.el("div", { class: "end" });
    let items = [];
    let made = 0;
    const more = () => {
      const next = items.slice(made, made + batch);
      list.append(...next.map((item, place) => make(item, made + place)));
      made += next.length;
    };
    // Watched anew after each batch: an end that stays in view is told of only once.
    const watch = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting || made >= items.length) return;
        more();
        watch.unobserve(end);
        watch.observe(end);
      },
      { rootMargin: "1200px" },
    );
    watch.observe(end);
    addEventListener("beforeprint", () => {
      while (list.isConnected && made < items.length) more();
    });
    return {
      end,
      show(some) {
        items = some;
        made = 0;
        list.replaceChildren();
        more();
        watch.unobserve(end);
        watch.observe(end);
      },
      reach(place) {
        while (made <= place && made < items.length) more();
      },
    };
  };
})();
