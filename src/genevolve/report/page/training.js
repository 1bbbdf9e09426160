// Training: how good the policy is on requests held out, what was measured of every step, and what the lessons say.
"use strict";

page.views.training = (() => {
  const { el } = page;
  const LESSONS_AT_FIRST = 40;
  const SLOTS = {
    search_strategy: "Search",
    knowledge_activation: "Knowledge",
    reference_selection: "References",
    prompt_construction: "Prompt",
    failure_avoidance: "Avoid",
  };

  function render(root, data) {
    root.append(
      el("header", { class: "head" }, el("h1", {}, "Training"), el("p", { class: "lede" }, summary(data))),
      ...(data.curves.length ? [heldOut(data.curves)] : []),
      ...(data.panels.length ? [everyStep(data)] : []),
      ...(data.lessons.length ? [lessons(data)] : []),
    );
  }

  function summary({ steps, curves, lessons }) {
    const parts = [];
    if (steps.length) parts.push(page.counted(steps.length, "step"));
    if (lessons.length) parts.push(page.counted(lessons.length, "lesson"));
    const looks = curves.find((curve) => curve.decoding === "sampled")?.looks ?? curves[0]?.looks ?? [];
    if (looks.length > 1) {
      const [first, last] = [looks[0], looks[looks.length - 1]];
      parts.push(`reward on held-out requests from ${page.score(first.reward)} to ${page.score(last.reward)}`);
    }
    return `${parts.join(", ")}.`;
  }

  // One chart for each set of requests: curves over different requests must not be read against each other.
  function heldOut(curves) {
    const sets = new Map();
    for (const curve of curves) sets.set(curve.digest, [...(sets.get(curve.digest) ?? []), curve]);
    return el(
      "section",
      { class: "held-out", "aria-labelledby": "held-out" },
      el("h2", { id: "held-out" }, "Held-out requests"),
      el("p", { class: "note" }, "Mean reward on requests that training never sees, with its 95% interval over requests."),
      ...[...sets.values()].map(lookedAt),
    );
  }

  function lookedAt(curves) {
    const steps = [...new Set(curves.flatMap((curve) => curve.looks.map((look) => look.step)))].sort((a, b) => a - b);
    const row = (curve, field) => {
      const at = new Map(curve.looks.map((look) => [look.step, look[field]]));
      return steps.map((step) => at.get(step) ?? null);
    };
    const lines = curves.map((curve) => ({ name: curve.decoding, values: row(curve, "reward"), low: row(curve, "low"), high: row(curve, "high") }));
    const title = `Reward on ${page.counted(curves[0].requests, "held-out request")}`;
    return el(
      "figure",
      { class: "curve" },
      ...page.chart(page.chartGroup(), { steps, lines, title, height: 300, scale: "unit" }),
      el("figcaption", {}, `${page.counted(curves[0].requests, "request")}, set ${curves[0].digest.slice(0, 8)}`),
      numbers(curves),
    );
  }

  function numbers(curves) {
    const head = ["Step", "Decoding", "Reward", "95% interval", "Valid", "Attempts", "Trained on", "Time"];
    const rows = curves
      .flatMap((curve) => curve.looks.map((look) => ({ ...look, decoding: curve.decoding })))
      .sort((a, b) => a.step - b.step)
      .map((look) => [
        page.count(look.step),
        look.decoding,
        look.reward.toFixed(3),
        `${look.low.toFixed(3)} – ${look.high.toFixed(3)}`,
        `${(100 * look.valid).toFixed(0)}%`,
        page.count(look.attempts),
        page.counted(look.trained_attempts, "attempt"),
        page.seconds(look.trained_seconds),
      ]);
    return el(
      "details",
      { class: "numbers" },
      el("summary", {}, "All looks as numbers"),
      el(
        "div",
        { class: "table", tabindex: "0", role: "region", "aria-label": "All looks as numbers" },
        el(
          "table",
          {},
          el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
          el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))))),
        ),
      ),
    );
  }

  function everyStep({ steps, panels, others }) {
    const group = page.chartGroup();
    const more = el("div", { class: "panels" });
    const rest = el("details", { class: "rest" }, el("summary", {}, `${page.counted(others.length, "further figure")}`), more);
    rest.addEventListener("toggle", () => more.append(...others.map((one) => panel(group, steps, one))), { once: true });
    return el(
      "section",
      { "aria-labelledby": "every-step" },
      el("h2", { id: "every-step" }, "Every step"),
      el("p", { class: "note" }, "Point at a chart, or move in it with the arrow keys: all show the same step."),
      el("div", { class: "panels" }, ...panels.map((one) => panel(group, steps, one))),
      others.length ? rest : null,
    );
  }

  function panel(group, steps, { title, says, lines, scale }) {
    return el(
      "figure",
      { class: "panel" },
      el("figcaption", {}, el("h3", {}, title), says ? el("p", {}, says) : null),
      ...page.chart(group, { steps, lines, title, scale }),
    );
  }

  function lessons(data) {
    const list = el("div", { class: "lessons" });
    const all = data.lessons;
    const add = (some) => {
      for (const lesson of some) {
        let part = list.lastElementChild;
        if (part?.dataset.step !== String(lesson.step)) {
          part = el("section", { "data-step": lesson.step, "aria-labelledby": `lessons-${lesson.step}` }, ofStep(all, lesson.step));
          list.append(part);
        }
        part.append(one(lesson));
      }
    };
    add(all.slice(0, LESSONS_AT_FIRST));
    const left = all.length - LESSONS_AT_FIRST;
    const button = el("button", { type: "button", class: "more" }, `Show ${page.counted(left, "more lesson")}`);
    button.addEventListener("click", () => {
      button.remove();
      add(all.slice(LESSONS_AT_FIRST));
    });
    return el(
      "section",
      { "aria-labelledby": "lessons" },
      el("h2", { id: "lessons" }, "Lessons"),
      el("p", { class: "note" }, "What the better of two attempts at a request did that the worse did not. The teacher reads it; the policy never does."),
      list,
      left > 0 ? button : null,
    );
  }

  function ofStep(all, step) {
    const those = all.filter((lesson) => lesson.step === step);
    const gap = those.reduce((sum, lesson) => sum + lesson.gap, 0) / those.length;
    return el(
      "h3",
      { id: `lessons-${step}` },
      `Step ${page.count(step)}`,
      el("span", { class: "note" }, `${page.counted(those.length, "lesson")}, mean gap ${page.score(gap)}`),
    );
  }

  function one(lesson) {
    return el(
      "article",
      { class: "learned" },
      el("h4", {}, page.words(lesson.request, { most: 240 })),
      el(
        "div",
        { class: "told" },
        el("dl", {}, ...lesson.slots.flatMap(([slot, words]) => [el("dt", {}, SLOTS[slot] ?? slot.replaceAll("_", " ")), el("dd", {}, page.words(words))])),
        lesson.dropped.length ? el("p", { class: "dropped" }, "Left out, as it told the answer: ", page.words(lesson.dropped.join("; "), { most: 240 })) : null,
      ),
      el("div", { class: "from" }, gaps(lesson), el("p", {}, attempts(lesson)), el("p", {}, did(lesson)), el("p", { class: "writer" }, "written by ", page.words(lesson.writer))),
    );
  }

  function gaps({ gap, axes }) {
    const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
    const rows = [["reward", gap], ...Object.entries(axes)];
    return el(
      "ul",
      { class: "gaps", "aria-label": "By how much the better attempt was above the worse" },
      ...rows.map(([axis, value]) => el("li", { class: value < 0 ? "less" : "more-of" }, `${axis.replaceAll("_", " ")} `, el("b", {}, signed(value)))),
    );
  }

  function attempts({ best, worst }) {
    if (!page.views.attempt) return null;
    return [el("a", { href: page.to("attempt", best) }, "the better attempt"), " and ", el("a", { href: page.to("attempt", worst) }, "the worse")];
  }

  // What the memory measured; where nobody measured, nothing is claimed.
  function did({ found, uplift, with_it: having, without_it: lacking }) {
    const parts = [found ? `found for ${page.counted(found, "request")}` : "not found for any request since"];
    if (uplift !== null) {
      const sign = uplift < 0 ? "−" : "+";
      parts.push(`reward ${sign}${Math.abs(uplift).toFixed(2)} with it (${page.counted(having, "attempt")} against ${page.count(lacking)})`);
    }
    return parts.join("; ");
  }

  return { title: "Training", render, keep: true };
})();
