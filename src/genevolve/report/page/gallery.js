// All attempts as pictures: looked through, filtered, sorted, and opened.
"use strict";

(() => {
  const SORTS = {
    run: ["as in the run", () => 0],
    high: ["highest score", (a, b) => (b.score ?? -1) - (a.score ?? -1)],
    low: ["lowest score", (a, b) => (a.score ?? 2) - (b.score ?? 2)],
    calls: ["most calls", (a, b) => b.calls - a.calls],
    slow: ["longest", (a, b) => b.seconds - a.seconds],
  };
  const LABELS = ["track", "category", "difficulty"];
  const TROUBLES = {
    malformed: "a reply that could not be used",
    repaired: "a reply read forgivingly",
    mended: "a mended program",
  };
  const PLAIN = { q: "", track: "", category: "", difficulty: "", policy: "", end: "", trouble: "", from: "", to: "", sort: "run" };

  // What the filters say; kept in the address, so that a selection can be passed on.
  let chosen = { ...PLAIN };
  let found = [];
  let parts = null;

  const run = () => page.block("run");
  const request = (attempt) => page.block("requests")[attempt.request];
  const ended = (attempt) => (attempt.picture || attempt.stop !== "answered" ? attempt.stop : "not drawn");

  // The attempts that are shown now, in their order: what "next" means in an attempt.
  page.selection = () => (parts ? found : page.block("gallery"));
  page.galleryAddress = () => page.to("gallery", "", settings());

  function settings() {
    return new URLSearchParams(Object.entries(chosen).filter(([name, value]) => value !== PLAIN[name]));
  }

  function fits(attempt) {
    const asked = request(attempt);
    if (LABELS.some((label) => chosen[label] && asked[label] !== chosen[label])) return false;
    if (chosen.policy && run().policies[attempt.policy] !== chosen.policy) return false;
    if (chosen.trouble && !attempt.marks?.[chosen.trouble]) return false;
    if (chosen.end && ended(attempt) !== chosen.end) return false;
    const [from, to] = [chosen.from, chosen.to].map((bound) => (bound === "" ? null : Number(bound)));
    if (from !== null && !(attempt.score >= from - 1e-9)) return false;
    if (to !== null && !(attempt.score !== undefined && attempt.score <= to + 1e-9)) return false;
    if (!chosen.q) return true;
    const words = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
    asked.sought ??= `${asked.text} ${asked.id}`.toLowerCase();
    const why = attempt.why?.toLowerCase();
    return words.every((word) => asked.sought.includes(word) || why?.includes(word));
  }

  function choose() {
    const order = page.own(SORTS, chosen.sort) ?? SORTS.run;
    found = page.block("gallery").filter(fits).sort(order[1]);
    parts.list.show(found);
    document.querySelector('#menu [data-view="gallery"]')?.setAttribute("href", page.galleryAddress());
    parts.none.hidden = found.length > 0;
    const all = page.block("gallery").length;
    const words = found.length === all ? `All ${page.counted(all, "attempt")}` : `${page.count(found.length)} of ${page.counted(all, "attempt")}`;
    parts.count.textContent = words;
    parts.reset.hidden = !String(settings());
  }

  function card(attempt, place) {
    const asked = request(attempt);
    const several = page.severalAttempts().has(attempt.request) || run().policies.length > 1;
    const facts = [];
    if (attempt.stop !== "answered") facts.push(page.el("span", { class: "mark bad" }, attempt.stop));
    if (attempt.marks?.mended) facts.push(page.el("span", { class: "mark" }, "mended"));
    if (several) facts.push(page.el("span", { class: "dim" }, who(attempt)));
    const link = page.el(
      "a",
      { class: "card", href: page.to("attempt", attempt.id), "data-place": place, tabindex: place ? -1 : 0 },
      page.el("span", { class: "frame" }, page.frame(attempt)),
      page.el(
        "span",
        { class: "caption" },
        page.el("bdi", { class: "asked", dir: "auto" }, page.cut(asked.text, 220)),
        attempt.score === undefined ? null : page.el("span", { class: "score" }, page.score(attempt.score)),
      ),
      facts.length ? page.el("span", { class: "facts" }, facts) : null,
    );
    link.addEventListener("focus", () => rove(link));
    return page.el("li", {}, link);
  }

  function who(attempt) {
    const policies = run().policies;
    return `${policies.length > 1 ? `${policies[attempt.policy]}, ` : ""}attempt ${attempt.number}`;
  }

  // The picture of an attempt, or in words why there is none.
  page.frame = (attempt, options = {}) =>
    attempt.picture
      ? page.picture(attempt.picture, options)
      : page.el("span", { class: "nothing" }, page.el("bdi", { dir: "auto" }, page.cut(attempt.why ?? "", 160)));

  let severals = null;
  page.severalAttempts = () => {
    if (severals) return severals;
    const once = new Set();
    severals = new Set();
    for (const { request } of page.block("gallery")) (once.has(request) ? severals : once).add(request);
    return severals;
  };

  let current = null;
  function rove(link) {
    if (current) current.tabIndex = -1;
    current = link;
    link.tabIndex = 0;
  }

  function move(step) {
    const at = document.activeElement?.classList.contains("card") ? Number(document.activeElement.dataset.place) : -1;
    const next = at < 0 ? (current?.isConnected ? Number(current.dataset.place) : 0) : at + step;
    parts.list.reach(next);
    const link = parts.cards.children[Math.max(0, Math.min(next, parts.cards.children.length - 1))]?.firstChild;
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  }

  // The card of the attempt that was opened last.
  function opened() {
    const place = found.findIndex(({ id }) => id === page.lastAttempt);
    if (place < 0) return null;
    parts.list.reach(place);
    return parts.cards.children[place].firstChild;
  }

  function columns() {
    const [first, ...rest] = parts.cards.children;
    const below = rest.findIndex((item) => item.offsetTop > first.offsetTop);
    return below < 0 ? rest.length + 1 : below + 1;
  }

  function keys(event) {
    const inCards = document.activeElement?.classList.contains("card");
    switch (event.key) {
      case "/":
        parts.search.focus();
        return true;
      case "Escape":
        if (document.activeElement !== parts.search) return false;
        parts.search.blur();
        return true;
      case "j":
        return move(1), true;
      case "k":
        return move(-1), true;
      case "ArrowRight":
        return inCards && (move(1), true);
      case "ArrowLeft":
        return inCards && (move(-1), true);
      case "ArrowDown":
        return inCards && (move(columns()), true);
      case "ArrowUp":
        return inCards && (move(-columns()), true);
      case "Home":
        return inCards && (move(-1e9), true);
      default:
        return false;
    }
  }

  // Above the pictures: what this is, and how it went.
  function head() {
    const { policies, renderers, judges, figure, told } = run();
    const attempts = page.block("gallery");
    const requests = page.block("requests").length;
    const makers = [
      `answered by ${policies.length > 3 ? page.counted(policies.length, "policy", "policies") : policies.join(", ")}`,
      renderers.length ? `drawn by ${renderers.join(", ")}` : "not drawn",
      Object.keys(judges).length ? `judged by ${[...new Set(Object.values(judges))].join(", ")}` : "not judged",
    ];
    const ends = new Map();
    for (const attempt of attempts) ends.set(ended(attempt), (ends.get(ended(attempt)) ?? 0) + 1);
    const scored = attempts.filter((attempt) => attempt.score !== undefined);
    const mean = scored.reduce((sum, attempt) => sum + attempt.score, 0) / scored.length;
    return page.el(
      "header",
      { class: "head" },
      page.el("h1", {}, `${page.counted(attempts.length, "attempt")} at ${page.counted(requests, "request")}`),
      page.el("p", { class: "lede" }, page.el("bdi", {}, `${makers.join(", ")}.`.replace(/^a/, "A"))),
      page.el(
        "dl",
        { class: "figures" },
        figure && scored.length
          ? page.el(
              "div",
              {},
              page.el("dt", {}, `mean ${figure.name.replaceAll("_", " ")}`),
              page.el("dd", {}, page.score(mean)),
              page.el("dd", { class: "note" }, `${figure.says}; over ${page.counted(scored.length, "attempt")}`),
            )
          : null,
        [...ends].map(([end, count]) =>
          page.el("div", {}, page.el("dt", {}, end), page.el("dd", {}, page.count(count))),
        ),
      ),
      told.map((words) => page.el("p", { class: "note" }, page.words(words))),
    );
  }

  function pick(name, label, values) {
    const options = values.map(([value, words]) => page.el("option", { value }, page.cut(words, 80)));
    const select = page.el("select", { name }, options);
    select.value = chosen[name];
    return page.el("label", {}, page.el("span", {}, label), select);
  }

  function form() {
    const requests = page.block("requests");
    const attempts = page.block("gallery");
    const several = (values) => {
      const all = [...new Set(values.filter(Boolean))].sort();
      return all.length > 1 ? [["", "any"], ...all.map((value) => [value, value])] : null;
    };
    const picks = LABELS.map((label) => [label, label, several(requests.map((one) => one[label]))]);
    picks.push(["policy", "policy", several(run().policies)], ["end", "ended", several(attempts.map(ended))]);
    const troubles = Object.entries(TROUBLES).filter(([name]) => attempts.some(({ marks }) => marks?.[name]));
    picks.push(["trouble", "trouble", troubles.length ? [["", "any or none"], ...troubles] : null]);
    const scored = attempts.some((attempt) => attempt.score !== undefined);
    const bound = (name, label) =>
      page.el(
        "label",
        { class: "bound" },
        page.el("span", {}, label),
        page.el("input", { type: "number", name, min: 0, max: 1, step: 0.05, value: chosen[name], inputmode: "decimal" }),
      );
    const sorts = Object.entries(SORTS).filter(([name]) => scored || !["high", "low"].includes(name));
    parts.search = page.el("input", { type: "search", name: "q", value: chosen.q, autocomplete: "off", placeholder: "words of a request" });
    parts.reset = page.el("button", { type: "reset", class: "quiet" }, "Clear");
    // On a narrow screen the pictures come first, and the filters when they are asked for.
    const unfold = page.el("button", { type: "button", class: "quiet unfold", "aria-expanded": "false" }, "Filters");
    const element = page.el(
      "form",
      { class: "filters folding", role: "search", "aria-label": "Attempts" },
      page.el("label", { class: "wide" }, page.el("span", {}, "search"), parts.search),
      picks.filter(([, , values]) => values).map((one) => pick(...one)),
      scored ? [bound("from", "score from"), bound("to", "to")] : null,
      pick("sort", "order", sorts.map(([name, [words]]) => [name, words])),
      parts.reset,
      unfold,
    );
    unfold.addEventListener("click", () => {
      unfold.setAttribute("aria-expanded", String(element.classList.toggle("open")));
    });
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("input", () => {
      chosen = { ...PLAIN, ...Object.fromEntries(new FormData(element)) };
      history.replaceState(null, "", page.galleryAddress());
      choose();
      page.tell(parts.count.textContent);
    });
    element.addEventListener("reset", () => {
      location.hash = page.to("gallery");
    });
    return element;
  }

  function take(settings) {
    chosen = { ...PLAIN };
    for (const name of Object.keys(PLAIN)) if (settings.get(name)) chosen[name] = settings.get(name);
  }

  page.views.gallery = {
    title: "Gallery",
    keep: true,
    keys,
    focus: () => opened() ?? document.getElementById("view"),
    follow(root, _at, asked) {
      if (String(asked) === String(settings())) return;
      take(asked);
      parts.form.replaceWith((parts.form = form()));
      choose();
    },
    render(root, _data, _at, asked) {
      take(asked);
      parts = { cards: page.el("ol", { class: "cards" }), count: page.el("p", { class: "count" }) };
      parts.none = page.el("p", { class: "none", hidden: true }, "No attempt fits. Clear the filters to see all.");
      parts.form = form();
      parts.list = page.growing(parts.cards, card);
      const shapes = page.block("gallery").map((one) => page.shape(one.picture)).filter(Boolean);
      const ratios = shapes.map(({ width, height }) => width / height).sort((a, b) => a - b);
      const ratio = ratios.length ? ratios[Math.floor(ratios.length / 2)] : 1;
      parts.cards.style.setProperty("--ratio", Math.max(0.66, Math.min(1.6, ratio)).toFixed(3));
      root.append(head(), parts.form, parts.count, parts.cards, parts.none, parts.list.end, help());
      choose();
    },
  };

  function help() {
    const keys = [["/", "search"], ["←", "→", "↑", "↓", "or j, k", "from picture to picture"], ["Enter", "open"], ["Esc", "back"]];
    return page.el(
      "p",
      { class: "help note" },
      keys.map((some) => page.el("span", {}, some.slice(0, -1).map((key) => page.el("kbd", {}, key)), ` ${some.at(-1)}`)),
    );
  }
})();
