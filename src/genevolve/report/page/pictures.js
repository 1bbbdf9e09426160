// Pictures by digest: a small one that the page carries, and the whole file beside the page or in it.
"use strict";

(() => {
  const known = () => page.block("pictures") ?? {};
  // [width, height, block of the preview or null, block of the whole picture or null, path of the file or null]
  page.shape = (digest) => {
    const entry = page.own(known(), digest);
    return entry ? { width: entry[0], height: entry[1] } : null;
  };

  async function carried(name, digest) {
    const block = await page.later(name);
    return page.own(block, digest) ?? null;
  }
  const preview = (entry, digest) => (entry[2] === null ? null : carried(`pictures-${entry[2]}`, digest));
  async function complete(entry, digest) {
    if (entry[3] !== null) return carried(`whole-${entry[3]}`, digest);
    return entry[4];
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        target.begin();
      }
    },
    { rootMargin: "600px" },
  );

  // A picture that comes when it is nearly in view. `whole`: the file itself, with the preview until it is there.
  page.picture = (digest, { alt = "", whole = false, lost = "The picture is not beside this page." } = {}) => {
    const entry = page.own(known(), digest);
    if (!entry) return page.el("span", { class: "lost" }, lost);
    const image = page.el("img", { alt, width: entry[0] || null, height: entry[1] || null, decoding: "async" });
    image.begin = async () => {
      const small = await preview(entry, digest);
      if (small) image.src = small;
      if (small && !whole) return;
      const source = await complete(entry, digest);
      if (!source) return;
      // A file that is gone leaves the preview standing, or says so where there is none.
      const large = new Image();
      large.onload = () => (image.src = source);
      large.onerror = () => small || image.replaceWith(page.el("span", { class: "lost" }, lost));
      large.src = source;
    };
    near.observe(image);
    return image;
  };

  // The same, as a link to the file where one stands beside the page.
  page.linked = (digest, options = {}) => {
    const path = page.own(known(), digest)?.[4];
    const image = page.picture(digest, options);
    if (!path) return image;
    return page.el("a", { class: "file", href: path, target: "_blank", rel: "noopener noreferrer" }, image);
  };

  addEventListener("beforeprint", () => {
    for (const image of document.querySelectorAll("main img:not([src])")) image.begin?.();
  });
})();
