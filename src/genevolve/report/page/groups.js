// Attempts at one request side by side: the best, the worst, and the lesson in between.
"use strict";

(() => {
  const { el, words } = page;
  const rows = () => page.block("gallery");
  const score = (place) => (place === undefined || place === null ? undefined : rows()[place].score);
  const gap = (group) => (score(group.best) ?? 0) - (score(group.worst) ?? 0);

  function one(group) {
    const request = page.block("requests")[group.request];
    const policies = page.block("run").policies;
    const policy = policies.length > 1 ? `by ${policies[rows()[group.attempts[0]].policy]}, ` : "";
    const difference = gap(group);
    return el(
      "li",
      {},
      el(
        "article",
        { class: "group" },
        el(
          "header",
          {},
          words(request.text, { tag: "h2", most: 300 }),
          el("p", { class: "note" }, words(`${policy}${page.counted(group.attempts.length, "attempt")}`), difference > 0 ? `, ${page.score(difference)} between best and worst` : ""),
        ),
        el("ul", { class: "several" }, group.attempts.map((place) => el("li", {}, card(place, group)))),
        group.lessons.map((experience) => lesson(experience)),
      ),
    );
  }

  function card(place, group) {
    const attempt = rows()[place];
    const end = place === group.best ? "best" : place === group.worst ? "worst" : "";
    return el(
      "a",
      { class: `card ${end}`, href: page.to("attempt", attempt.id) },
      el("span", { class: "frame" }, page.frame(attempt)),
      el(
        "span",
        { class: "caption" },
        el("span", {}, `attempt ${attempt.number}`, end ? el("span", { class: "end-mark" }, end) : null),
        attempt.score === undefined ? null : el("span", { class: "score" }, page.score(attempt.score)),
      ),
      attempt.stop === "answered" ? null : el("span", { class: "facts" }, el("span", { class: "mark bad" }, attempt.stop)),
    );
  }

  // An experience: what the better attempt did that the worse did not.
  function lesson({ lesson: slots, axes, gap: apart, writer, step, dropped }) {
    const said = Object.entries(slots);
    const differences = Object.entries(axes).filter(([, value]) => Math.abs(value) > 1e-9);
    const signed = (value) => `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;
    return el(
      "section",
      { class: "between" },
      el("h3", {}, "The lesson between them"),
      el("p", { class: "note" }, `written by ${writer}${step ? ` in step ${step}` : ""}, over a gap of ${page.score(apart)}`),
      said.length
        ? el("dl", {}, said.map(([slot, advice]) => el("div", {}, el("dt", {}, slot), el("dd", {}, words(advice, { most: 600 })))))
        : el("p", { class: "dim" }, "It says nothing."),
      differences.length
        ? el("p", { class: "note" }, "best against worst: ", words(differences.map(([axis, value]) => `${axis.replaceAll("_", " ")} ${signed(value)}`).join(", ")))
        : null,
      dropped.map((what) => el("p", { class: "stumble" }, "Left out of it: ", words(what))),
    );
  }

  page.views.groups = {
    title: "Groups",
    keep: true,
    focus: (root) => root.querySelector("h1"),
    follow() {},
    render(root, groups) {
      const taught = groups.filter(({ lessons }) => lessons.length).length;
      const list = el("ol", { class: "groups-list" });
      const grown = page.growing(list, one, 12);
      const orders = { run: "as in the run", apart: "furthest apart", ...(taught ? { taught: "with a lesson" } : {}) };
      const select = el("select", {}, Object.entries(orders).map(([value, name]) => el("option", { value }, name)));
      const show = () => {
        const chosen = select.value === "taught" ? groups.filter(({ lessons }) => lessons.length) : [...groups];
        if (select.value !== "run") chosen.sort((a, b) => gap(b) - gap(a));
        grown.show(chosen);
      };
      select.addEventListener("change", show);
      root.append(
        el(
          "header",
          { class: "head" },
          el("h1", { tabindex: -1 }, page.counted(groups.length, "group")),
          el("p", { class: "lede" }, `Attempts of one policy at the same request, side by side.${taught ? ` ${page.counted(taught, "of them taught a lesson", "of them taught lessons")}.` : ""}`),
        ),
        el("form", { class: "filters" }, el("label", {}, el("span", {}, "order"), select)),
        list,
        grown.end,
      );
      show();
    },
  };
})();
