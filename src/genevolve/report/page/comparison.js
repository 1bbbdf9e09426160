// Comparison: how far the second run is above the first, and both answers to every request side by side.
"use strict";

page.views.comparison = (() => {
  const { el } = page;
  const ORDERS = {
    changed: ["most changed first", (a, b) => size(b) - size(a)],
    better: ["second better first", (a, b) => gain(b) - gain(a)],
    worse: ["first better first", (a, b) => gain(a) - gain(b)],
    name: ["by request", (a, b) => a.text.localeCompare(b.text)],
  };
  const gain = ({ values }) => (values ? values[1] - values[0] : 0);
  const size = (request) => (request.values ? Math.abs(gain(request)) : -1);
  const signed = (value, places = 2) => {
    const words = Math.abs(value).toFixed(places);
    return Number(words) === 0 ? words : `${value < 0 ? "−" : "+"}${words}`;
  };
  const named = (name) => name.replaceAll("_", " ");

  function render(root, data) {
    const [one, other] = data.sides;
    root.append(
      el(
        "header",
        { class: "head" },
        el("h1", {}, page.words(one.name), el("span", { class: "against" }, " against "), page.words(other.name)),
        el("p", { class: "lede" }, page.words(`${page.counted(data.pairs, "request")} that both were asked${data.benchmark ? `, ${data.benchmark}` : ""}.`)),
        data.mixed.map((words) => el("p", { class: "bad" }, "Scored differently: ", page.words(words))),
        data.told.map((words) => el("p", { class: "note" }, page.words(words))),
      ),
      ...[figures(data), groups(data), aside(data), pairs(data)].filter(Boolean),
    );
  }

  // The headline in words and large, then every figure with its interval.
  function figures(data) {
    const headline = data.figures.find((figure) => figure.name === data.headline) ?? data.figures[0];
    if (!headline) return el("p", { class: "lede" }, "No figure can be compared.");
    return el(
      "section",
      { class: "difference", "aria-labelledby": "difference" },
      el("h2", { id: "difference" }, "Difference"),
      el(
        "p",
        { class: `gain ${verdict(headline)}` },
        el("strong", {}, signed(headline.difference, 3)),
        el("span", {}, `${named(headline.name)} (${headline.says}), from ${headline.one.toFixed(3)} to ${headline.other.toFixed(3)}; 95% interval ${signed(headline.low, 3)} to ${signed(headline.high, 3)}, paired by request. ${inWords(headline)}`),
      ),
      balance(headline, data.sides),
      table("All figures", ["Figure", "First", "Second", "Difference", "95% interval"], data.figures.map((figure) => [named(figure.name), figure]), data.figures),
    );
  }

  const verdict = ({ sure, difference }) => (!sure ? "unsure" : difference > 0 ? "above" : "below");
  const inWords = (figure) => ({ unsure: "The interval includes zero.", above: "The second run is better.", below: "The first run is better." })[verdict(figure)];

  // Requests that the second run does better, alike and worse.
  function balance({ wins, ties, losses }, sides) {
    const parts = [["above", wins, `better in ${sides[1].name}`], ["alike", ties, "alike"], ["below", losses, `better in ${sides[0].name}`]];
    return el(
      "div",
      { class: "balance" },
      el("div", { class: "bar", "aria-hidden": "true" }, ...parts.filter(([, number]) => number).map(([kind, number]) => el("span", { class: kind, vars: { "flex-grow": String(number) } }))),
      el("ul", {}, ...parts.map(([kind, number, words]) => el("li", { class: kind }, el("b", {}, page.count(number)), " ", page.words(words, { most: 80 })))),
    );
  }

  function table(title, head, rows, all) {
    const reach = Math.max(0.01, ...all.flatMap((figure) => [Math.abs(figure.low), Math.abs(figure.high)]));
    return el(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-label": title },
      el(
        "table",
        {},
        el("caption", { class: "unseen" }, title),
        el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
        el(
          "tbody",
          {},
          ...rows.map(([name, figure]) =>
            el(
              "tr",
              { class: verdict(figure), title: figure.says ?? null },
              el("th", { scope: "row" }, page.words(name, { most: 80 })),
              el("td", { class: "number" }, figure.one.toFixed(3)),
              el("td", { class: "number" }, figure.other.toFixed(3)),
              el("td", { class: "number by" }, signed(figure.difference, 3)),
              el("td", { class: "between" }, whisker(figure, reach), el("span", {}, `${signed(figure.low, 3)} to ${signed(figure.high, 3)}`)),
            ),
          ),
        ),
      ),
    );
  }

  // The interval as a line about zero, the difference as a dot on it.
  function whisker({ low, high, difference }, reach) {
    const at = (value) => (60 + (value / reach) * 54).toFixed(1);
    return page.svg(
      "svg",
      { class: "whisker", width: 120, height: 16, viewBox: "0 0 120 16", "aria-hidden": "true", focusable: "false" },
      page.svg("line", { class: "zero", x1: 60, x2: 60, y1: 1, y2: 15 }),
      page.svg("line", { class: "reach", x1: at(low), x2: at(high), y1: 8, y2: 8 }),
      page.svg("circle", { cx: at(difference), cy: 8, r: 3.5 }),
    );
  }

  function groups(data) {
    if (!data.groups.length) return null;
    const rows = data.groups.map((group) => [`${named(group.grouping)}: ${group.group} (${page.count(group.pairs)})`, group]);
    return el(
      "details",
      { class: "groups-of" },
      el("summary", {}, `${named(data.headline)} by group`),
      table("By group", ["Group", "First", "Second", "Difference", "95% interval"], rows, data.groups),
    );
  }

  function aside({ only, sides, absent }) {
    const lines = [
      ...only.map((ids, number) => ids.length && `${page.counted(ids.length, "request")} only in ${sides[number].name}: ${ids.slice(0, 12).join(", ")}${ids.length > 12 ? " …" : ""}`),
      ...Object.entries(absent).map(([figure, why]) => `Not compared: ${named(figure)}, because ${why}.`),
    ].filter(Boolean);
    return lines.length ? el("ul", { class: "note" }, ...lines.map((line) => el("li", {}, page.words(line, { most: 400 })))) : null;
  }

  // The requests. Of many only those near the window are built.
  function pairs(data) {
    const list = el("div", { class: "pairs" });
    const count = el("p", { class: "count", role: "status" });
    const search = el("input", { type: "search", id: "pairs-search", placeholder: "words of a request", autocomplete: "off", spellcheck: "false" });
    const order = el("select", {}, ...Object.entries(ORDERS).map(([name, [words]]) => el("option", { value: name }, words)));
    const grown = page.growing(list, (request) => pair(request, data), 24);
    const sought = () => {
      const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const has = (request) => words.every((word) => request.text.toLowerCase().includes(word) || request.id.toLowerCase().includes(word) || request.labels.some((label) => label.toLowerCase().includes(word)));
      const shown = data.requests.filter(has).sort(ORDERS[order.value][1]);
      count.textContent = shown.length === data.requests.length ? page.counted(shown.length, "request") : `${page.count(shown.length)} of ${page.counted(data.requests.length, "request")}`;
      grown.show(shown);
    };
    search.addEventListener("input", sought);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      search.value = "";
      sought();
      search.blur();
    });
    order.addEventListener("change", sought);
    sought();
    return el(
      "section",
      { class: "answers", "aria-labelledby": "answers" },
      el("h2", { id: "answers" }, "Request by request"),
      el(
        "form",
        { class: "filters", role: "search", "aria-label": "Requests", onsubmit: (event) => event.preventDefault() },
        el("label", { class: "wide" }, el("span", {}, "search"), search),
        el("label", {}, el("span", {}, "order"), order),
      ),
      count,
      list,
      grown.end,
    );
  }

  function pair(request, data) {
    const words = request.values ? signed(gain(request)) : "no figure";
    const kind = !request.values || Math.abs(gain(request)) < 5e-4 ? "alike" : gain(request) > 0 ? "above" : "below";
    const three = request.target ? " with-target" : "";
    return el(
      "article",
      { class: "pair", tabindex: "-1", "aria-label": page.cut(request.text, 120) },
      el("header", {}, el("h3", {}, page.words(request.text, { most: 320 })), el("p", { class: `by ${kind}` }, words)),
      request.labels.length ? el("p", { class: "labels" }, page.words(request.labels.map(named).join(", "), { most: 160 })) : null,
      el("div", { class: `both${three}` }, side(request, 0, data), request.target ? target(request) : null, side(request, 1, data)),
    );
  }

  function target({ target: digest }) {
    return el("figure", { class: "target" }, page.linked(digest, { whole: true, alt: "The target" }), el("figcaption", {}, "target"));
  }

  function side(request, number, data) {
    const attempts = request.attempts[number];
    const value = request.values ? el("b", {}, page.score(request.values[number])) : null;
    const [first, ...others] = attempts;
    return el(
      "figure",
      { class: "side" },
      el("div", { class: "frame" }, first ? picture(first, data.sides[number]) : el("p", { class: "lost" }, "Not answered.")),
      others.length ? el("div", { class: "others" }, ...others.map((attempt) => picture(attempt, data.sides[number]))) : null,
      el("figcaption", {}, el("span", { class: "name" }, page.words(data.sides[number].name, { most: 60 })), value),
      first ? why(first, data.sides[number]) : null,
    );
  }

  const picture = (attempt, { name }) =>
    attempt.picture ? page.linked(attempt.picture, { whole: true, alt: `Drawn by ${name}, attempt ${attempt.number + 1}` }) : el("p", { class: "lost" }, page.words(attempt.failed, { most: 200 }));

  function why(attempt, { report }) {
    const details = el("details", {}, el("summary", {}, "How it came about"));
    details.addEventListener("toggle", () => details.append(...told(attempt, report)), { once: true });
    const axes = attempt.scores.length ? el("ul", { class: "axes" }, ...attempt.scores.map(([axis, score]) => el("li", {}, `${named(axis)} `, el("b", {}, page.score(score))))) : null;
    return [axes, details];
  }

  function told(attempt, report) {
    return [
      el("p", { class: "note" }, `${page.counted(attempt.calls, "call")}, ${page.counted(attempt.references, "reference")}`),
      attempt.prompt === null ? null : el("p", { class: "prompt" }, page.words(attempt.prompt, { most: 1200 })),
      attempt.rationale ? el("p", { class: "rationale" }, page.words(attempt.rationale, { most: 800 })) : null,
      attempt.unjudged ? el("p", { class: "bad" }, "Not judged: ", page.words(attempt.unjudged, { most: 400 })) : null,
      report ? el("p", {}, el("a", { href: `${report}${page.to("attempt", attempt.id)}` }, "The whole attempt")) : null,
    ].filter(Boolean);
  }

  // j and k go from request to request; "/" goes to the search.
  function keys(event) {
    if (event.key === "/") {
      document.getElementById("pairs-search").focus();
      return true;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return false;
    const all = [...document.querySelectorAll(".pair")];
    const here = all.indexOf(document.activeElement?.closest?.(".pair"));
    const next = all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + step))];
    next?.focus();
    next?.scrollIntoView({ block: "start" });
    return Boolean(next);
  }

  return { title: "Comparison", render, keys, keep: true };
})();
