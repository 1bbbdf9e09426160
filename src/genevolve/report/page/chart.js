// Line charts of figures by step. Charts of one group share the step that is looked at: pointing at one shows it in all.
"use strict";

(() => {
  const HEIGHT = 132;
  const MARGIN = { top: 8, right: 14, bottom: 22, left: 44 };

  // A number for people: as many digits as tell it apart.
  const fine = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const small = new Intl.NumberFormat("en", { notation: "scientific", maximumSignificantDigits: 3 });
  page.figure = (value) =>
    value === null || value === undefined ? "–" : value !== 0 && Math.abs(value) < 1e-3 ? small.format(value) : fine.format(value);

  // Round numbers from low to high, about so many.
  function ticks(low, high, about) {
    const raw = (high - low) / about || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [5, 2.5, 2, 1].map((one) => one * power).find((one) => one <= raw * 1.001) ?? power;
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1) found.push(Number((n * step).toPrecision(12)));
    return found;
  }

  // Charts that are looked at together.
  page.chartGroup = () => ({ charts: [], step: null });

  // lines: [{name, values, low, high}], one value a step or null; low and high make a band.
  page.chart = (group, { steps, lines, title, height = HEIGHT, scale = "free" }) => {
    const canvas = page.el("div", { class: "plot", role: "slider", tabindex: "0", "aria-label": `${title}, by step`, vars: { "--plot-height": `${height}px` } });
    canvas.setAttribute("aria-valuemin", steps[0]);
    canvas.setAttribute("aria-valuemax", steps[steps.length - 1]);
    const key = page.el("ul", { class: "key" });
    const stepLabel = page.el("li", { class: "step" });
    const readings = lines.map((line, number) => {
      const value = page.el("b");
      key.append(page.el("li", { class: `series series-${(number % 6) + 1}` }, page.el("span", { class: "name" }, line.name), " ", value));
      return value;
    });
    key.append(stepLabel);
    const all = lines.flatMap((line) => [...line.values, ...(line.low ?? []), ...(line.high ?? [])]).filter((one) => one !== null);
    const chart = { look };
    let [low, high] = bounds(all);
    if (scale !== "free") low = Math.min(0, low);
    if (scale === "unit") high = Math.max(1, high);
    if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.5, high + (Math.abs(high) || 1) * 0.5];
    const format = scale === "unit" ? (value) => (value === null ? "–" : value.toFixed(3)) : page.figure;
    const first = steps[0];
    const span = steps[steps.length - 1] - first || 1;
    let width = 0;
    let rule = null;

    const x = (step) => MARGIN.left + ((step - first) / span) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => MARGIN.top + (1 - (value - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);

    function draw() {
      const root = page.svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });
      for (const tick of ticks(low, high, height > 200 ? 5 : 3)) {
        const at = y(tick).toFixed(1);
        root.append(
          page.svg("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at }),
          page.svg("text", { class: "tick", x: MARGIN.left - 8, y: at, dy: "0.32em", "text-anchor": "end" }, page.figure(tick)),
        );
      }
      for (const tick of ticks(first, first + span, Math.max(2, Math.min(8, width / 90)))) {
        if (!Number.isInteger(tick)) continue;
        root.append(page.svg("text", { class: "tick", x: x(tick).toFixed(1), y: height - 4, "text-anchor": "middle" }, page.count(tick)));
      }
      lines.forEach((line, number) => {
        const series = page.svg("g", { class: `series series-${(number % 6) + 1}` });
        if (line.low) series.append(page.svg("path", { class: "band", d: band(line) }));
        series.append(page.svg("path", { class: "line", d: path(line.values) }));
        if (steps.length <= 40) series.append(...line.values.map((value, place) => value === null ? null : dot(steps[place], value)).filter(Boolean));
        root.append(series);
      });
      rule = page.svg("line", { class: "rule", y1: MARGIN.top, y2: height - MARGIN.bottom });
      root.append(rule);
      canvas.replaceChildren(root);
      look(group.step);
    }

    const dot = (step, value) => page.svg("circle", { cx: x(step).toFixed(1), cy: y(value).toFixed(1), r: 2.4 });

    function path(values) {
      let open = false;
      return values
        .map((value, place) => {
          if (value === null) open = false;
          else {
            const to = `${open ? "L" : "M"}${x(steps[place]).toFixed(1)} ${y(value).toFixed(1)}`;
            open = true;
            return to;
          }
          return "";
        })
        .join("");
    }

    function band(line) {
      const known = steps.map((step, place) => [step, line.low[place], line.high[place]]).filter(([, one, other]) => one !== null && other !== null);
      const there = known.map(([step, , one]) => `${x(step).toFixed(1)} ${y(one).toFixed(1)}`);
      const back = known.reverse().map(([step, one]) => `${x(step).toFixed(1)} ${y(one).toFixed(1)}`);
      return known.length ? `M${[...there, ...back].join("L")}Z` : "";
    }

    // Show the figures at a step; null shows the last.
    function look(step) {
      const place = step === null ? steps.length - 1 : nearest(steps, step);
      const told = lines.map((line, number) => {
        const words = reading(line, place, format);
        readings[number].textContent = words;
        return `${line.name} ${words}`;
      });
      stepLabel.textContent = `step ${page.count(steps[place])}`;
      canvas.setAttribute("aria-valuenow", steps[place]);
      canvas.setAttribute("aria-valuetext", `step ${steps[place]}: ${told.join(", ")}`);
      if (!rule) return;
      rule.setAttribute("x1", x(steps[place]));
      rule.setAttribute("x2", x(steps[place]));
      rule.setAttribute("visibility", step === null ? "hidden" : "visible");
    }

    const lookAll = (step) => {
      group.step = step;
      for (const one of group.charts) one.look(step);
    };
    const pointed = (event) => {
      const share = (event.clientX - canvas.getBoundingClientRect().left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
      lookAll(steps[nearest(steps, first + share * span)]);
    };
    canvas.addEventListener("pointermove", pointed);
    canvas.addEventListener("pointerdown", pointed);
    canvas.addEventListener("pointerleave", () => canvas === document.activeElement || lookAll(null));
    canvas.addEventListener("blur", () => lookAll(null));
    canvas.addEventListener("keydown", (event) => {
      const place = group.step === null ? steps.length - 1 : nearest(steps, group.step);
      const moves = { ArrowLeft: place - 1, ArrowDown: place - 1, ArrowRight: place + 1, ArrowUp: place + 1, Home: 0, End: steps.length - 1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      lookAll(steps[Math.max(0, Math.min(steps.length - 1, moves[event.key]))]);
    });
    new ResizeObserver(() => {
      if (Math.round(canvas.clientWidth) === width || !canvas.clientWidth) return;
      width = Math.round(canvas.clientWidth);
      draw();
    }).observe(canvas);
    group.charts.push(chart);
    look(null);
    return [canvas, key];
  };

  function reading(line, place, format) {
    const value = format(line.values[place]);
    return line.low && line.low[place] !== null ? `${value} [${format(line.low[place])}, ${format(line.high[place])}]` : value;
  }

  // The smallest and the largest: a list too long to be spread into one call.
  function bounds(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const one of values) [low, high] = [Math.min(low, one), Math.max(high, one)];
    return values.length ? [low, high] : [0, 1];
  }

  function nearest(steps, step) {
    let best = 0;
    for (let place = 1; place < steps.length; place += 1) if (Math.abs(steps[place] - step) < Math.abs(steps[best] - step)) best = place;
    return best;
  }
})();
