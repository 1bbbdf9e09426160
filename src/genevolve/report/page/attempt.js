// One attempt in full, from the request to the verdicts.
"use strict";

(() => {
  const { el, words } = page;
  const ORIGINS = {
    request: "the request",
    evidence: "what was found",
    skill: "a skill that was read",
  };
  let token = 0;

  function render(root, _data, id) {
    token += 1;
    const mine = token;
    const rows = page.block("gallery");
    const row = rows.find((one) => one.id === id);
    if (!row) {
      root.append(el("h1", {}, "There is no such attempt on this page"), el("p", {}, el("a", { href: page.galleryAddress() }, "Back to all attempts")));
      return;
    }
    const request = page.block("requests")[row.request];
    page.lastAttempt = id;
    root.append(...[around(row), title(request), facts(row, request), relatives(row)].filter(Boolean));
    const rest = el("div", { class: "rest" });
    root.append(rest);
    page.packed(`attempts-${row.block}`).then(
      (block) => {
        if (mine === token) fill(rest, { row, request, block, detail: block.attempts[row.place] });
      },
      (error) => rest.append(el("p", { class: "bad" }, error.message)),
    );
  }

  function around(row) {
    const selection = page.selection();
    const place = selection.indexOf(row);
    const step = (by, label, key) => {
      const next = selection[place + by];
      return next && place >= 0
        ? el("a", { href: page.to("attempt", next.id), rel: key }, label)
        : el("span", { class: "dim", "aria-hidden": "true" }, label);
    };
    return el(
      "nav",
      { class: "around", "aria-label": "Attempts" },
      el("a", { href: page.galleryAddress() }, "All attempts"),
      el("span", { class: "dim" }, place >= 0 ? `${page.count(place + 1)} of ${page.count(selection.length)}` : ""),
      step(-1, "Previous", "prev"),
      step(1, "Next", "next"),
    );
  }

  function title({ text: told, cut }) {
    const text = cut ? page.cut(told, 500) : told;
    const size = text.length < 90 ? "short" : text.length < 240 ? "medium" : "long";
    return words(text, { tag: "h1", class: `request ${size}`, tabindex: -1, most: 500 });
  }

  function facts(row, request) {
    const run = page.block("run");
    const some = [
      words(request.id, { most: 60 }),
      `attempt ${row.number}`,
      ...["track", "category", "difficulty"].map((label) => request[label]).filter(Boolean),
      `by ${run.policies[row.policy]}`,
      el("span", { class: row.stop === "answered" ? null : "bad" }, row.stop),
      page.counted(row.calls, "call"),
      page.seconds(row.seconds),
    ];
    return el("p", { class: "facts-line" }, some.map((one) => el("span", {}, typeof one === "string" ? words(one, { most: 80 }) : one)));
  }

  // The other attempts at the same request.
  function relatives(row) {
    const others = page.block("gallery").filter((one) => one.request === row.request);
    if (others.length < 2) return null;
    const policies = page.block("run").policies;
    const name = (one) => `${new Set(others.map((other) => other.policy)).size > 1 ? `${policies[one.policy]} ` : ""}${one.number}`;
    return el(
      "p",
      { class: "relatives" },
      el("span", { class: "dim" }, "Attempts at this request"),
      others.slice(0, 64).map((one) =>
        el(
          "a",
          { href: page.to("attempt", one.id), "aria-current": one === row ? "true" : null },
          words(name(one), { most: 60 }),
          one.score === undefined ? null : el("span", { class: "dim" }, ` ${page.score(one.score)}`),
        ),
      ),
    );
  }

  function fill(rest, context) {
    const { detail, block, row } = context;
    const read = (text) => (typeof text === "number" ? block.texts[text] : text);
    const uses = detail.program ? detail.program.references.map(({ ref }) => ref) : [];
    const long = read(detail.request);
    if (long.length > 1000) rest.append(page.fold(`The whole request, ${page.count(long.length)} characters`, () => page.verbatim(long)));
    rest.append(
      el("div", { class: "stage" }, pictures(context), el("div", { class: "beside" }, program(context), scores(context))),
      section("Verdicts", verdicts(context)),
      section("How it came about", detail.turns.length ? page.turns(detail, { read, uses }) : el("p", { class: "dim" }, "The policy said nothing.")),
      section("Time, tokens and cost", costs(detail)),
      section("How it was made", settings(detail)),
    );
    tie(rest);
  }

  const section = (name, ...content) =>
    content.flat().some(Boolean) ? el("section", { class: "part" }, el("h2", {}, name), content) : "";

  function pictures({ row, request, detail }) {
    const [first, ...others] = detail.renders;
    const drawn = first?.picture
      ? drawing(first)
      : el("figure", {}, el("div", { class: "frame" }, page.frame(row)), el("figcaption", { class: "note" }, first ? `by ${first.renderer}` : "not drawn"));
    const target = request.target
      ? el(
          "figure",
          {},
          el("div", { class: "frame" }, page.linked(request.target, { alt: "The target", whole: true })),
          el("figcaption", { class: "note" }, "The target: the benchmark’s own picture"),
        )
      : null;
    return el(
      "div",
      { class: target ? "pictures pair" : "pictures" },
      drawn,
      target,
      others.length ? el("div", { class: "others" }, others.map(drawing)) : null,
      first ? scene(first) : null,
    );
  }

  function drawing(render) {
    const size = render.size ? `, ${render.size[0]} × ${render.size[1]}` : "";
    const caption = el("figcaption", { class: "note" }, words(`Drawn by ${render.renderer}${size}`, { most: 200 }));
    const inside = render.picture
      ? page.linked(render.picture, { alt: "The picture that was drawn", whole: true })
      : el("p", { class: "nothing" }, render.failure ? page.failureWords(render.failure) : "No picture.");
    return el("figure", {}, el("div", { class: "frame" }, inside), caption);
  }

  function scene(render) {
    if (!render.scene.length && !render.not_understood.length) return null;
    return [
      render.not_understood.map((one) => el("p", { class: "stumble" }, "Not understood by the renderer: ", words(one))),
      render.scene.length
        ? page.fold(`What stands where: ${page.counted(render.scene.length, "thing")}`, () =>
            el("ul", { class: "plain note" }, render.scene.map((one) => el("li", {}, words(one)))),
          )
        : null,
    ];
  }

  function program({ detail }) {
    if (!detail.program) {
      const why = detail.failure ? page.failureWords(detail.failure) : "The attempt ended without a program.";
      return el("section", { class: "program" }, el("h2", {}, "No program"), el("p", {}, why));
    }
    const { prompt, references } = detail.program;
    const origins = [...new Set(prompt.map(({ origin }) => origin).filter(Boolean))];
    return el(
      "section",
      { class: "program" },
      el("h2", {}, "The program"),
      written(prompt),
      legend(origins),
      detail.mended.map((change) => el("p", { class: "stumble" }, "Mended: ", words(change))),
      references.length
        ? el("ol", { class: "references" }, references.map((one, place) => reference(one, place + 1, detail)))
        : el("p", { class: "note" }, "It uses no reference."),
    );
  }

  // The prompt in its pieces. A very long one shows its beginning, and a button the rest.
  function written(pieces) {
    const MOST = 6000;
    const place = el("p", { class: "prompt", dir: "auto" });
    let length = 0;
    const left = [];
    for (const one of pieces) {
      if (length < MOST) place.append(piece(length + one.text.length > MOST * 1.25 ? { ...one, text: page.cut(one.text, MOST - length) } : one));
      length += one.text.length;
      left.push(one);
    }
    if (length <= MOST * 1.25) return place;
    const button = el("button", { type: "button", class: "more" }, `Show all ${page.count(length)} characters`);
    button.addEventListener("click", () => {
      place.replaceChildren(...left.map(piece));
      tie(place.closest(".rest"));
    });
    place.append(" ", button);
    return place;
  }

  function piece({ text, origin, source, references }) {
    if (!origin && !references) return document.createTextNode(text);
    const properties = { class: [origin ? `washed from-${origin}` : "", references ? "ordinal" : ""].join(" ").trim() };
    if (references) Object.assign(properties, { tabindex: 0, "data-references": references.join(" ") });
    if (origin) properties["data-source"] = `${ORIGINS[origin]}${origin === "request" ? "" : `: ${page.cut(source, 80)}`}`;
    return el("span", properties, text, references ? el("sup", { "aria-label": `, reference ${references.join(" and ")},` }, references.join("·")) : null);
  }

  function legend(origins) {
    if (!origins.length) return null;
    return el(
      "div",
      { class: "legend note" },
      el("p", {}, "Coloured words also stand in ", origins.map((origin, place) => [place ? ", " : "", el("span", { class: `washed from-${origin}` }, ORIGINS[origin])]), "; the rest is the policy’s own wording."),
      el("p", {}, "Found by matching words: runs that stand there in the same order, and lone names and numbers. A match is no proof of where the words came from."),
      el("p", { class: "pointed", "aria-hidden": "true" }, "\u00a0"),
    );
  }

  function reference({ ref, digest, note }, number, detail) {
    const image = page.own(detail.images, ref);
    return el(
      "li",
      { class: "reference", "data-reference": number, tabindex: 0 },
      el("span", { class: "frame" }, page.linked(digest, { alt: image ? page.cut(image.title, 120) : ref })),
      el(
        "span",
        { class: "lines" },
        el("span", {}, el("span", { class: "badge" }, `reference ${number}`), " ", el("span", { class: "note" }, ref)),
        image ? page.creditLines(image) : null,
        note ? words(note, { tag: "span", class: "copy", most: 300 }) : null,
      ),
    );
  }

  // Pointing at an ordinal shows its reference, and at a reference its ordinals.
  function tie(root) {
    const ordinals = [...root.querySelectorAll(".ordinal")];
    const shown = [...root.querySelectorAll("[data-reference]")];
    const light = (numbers, on) => {
      for (const one of shown) if (numbers.includes(one.dataset.reference)) one.classList.toggle("lit", on);
      for (const one of ordinals) if (one.dataset.references.split(" ").some((n) => numbers.includes(n))) one.classList.toggle("lit", on);
    };
    for (const one of [...ordinals, ...shown]) {
      if (one.tied) continue;
      one.tied = true;
      const numbers = (one.dataset.references ?? one.dataset.reference).split(" ");
      for (const name of ["mouseenter", "focusin"]) one.addEventListener(name, () => light(numbers, true));
      for (const name of ["mouseleave", "focusout"]) one.addEventListener(name, () => light(numbers, false));
    }
    const pointed = root.querySelector(".pointed");
    for (const one of root.querySelectorAll(".prompt [data-source]")) {
      one.addEventListener("mouseenter", () => (pointed.textContent = `“${page.cut(one.textContent, 60)}” also stands in ${one.dataset.source}`));
      one.addEventListener("mouseleave", () => (pointed.textContent = "\u00a0"));
    }
  }

  function scores({ row }) {
    const { figure } = page.block("run");
    const axes = Object.entries(row.axes ?? {});
    if (row.score === undefined && !axes.length) return null;
    return el(
      "section",
      { class: "scores" },
      el("h2", {}, "Scores"),
      row.score === undefined ? null : el("p", { class: "total" }, el("strong", {}, page.score(row.score)), " ", el("span", { class: "note" }, `${figure.name.replaceAll("_", " ")}: ${figure.says}`)),
      bars(axes),
    );
  }

  const bars = (axes) =>
    axes.length
      ? el(
          "dl",
          { class: "bars" },
          axes.map(([axis, score]) =>
            el("div", { vars: { "--score": score } }, el("dt", {}, words(axis.replaceAll("_", " "), { most: 60 })), el("dd", {}, page.score(score))),
          ),
        )
      : null;

  function verdicts({ detail }) {
    const all = [...detail.renders.flatMap(({ renderer, verdicts: some }) => some.map((one) => ({ ...one, on: `the picture by ${renderer}` }))), ...detail.verdicts.map((one) => ({ ...one, on: "the program" }))];
    return all.map((verdict) =>
      el(
        "article",
        { class: "verdict" },
        el("h3", {}, words(`${verdict.judge} on ${verdict.on}`, { most: 160 })),
        verdict.failure ? el("p", { class: "bad" }, page.failureWords(verdict.failure)) : bars(Object.entries(verdict.scores)),
        verdict.text_required === false ? el("p", { class: "note" }, "This picture needs no readable text; its text accuracy counts as 0.5.") : null,
        verdict.rationale ? words(verdict.rationale, { tag: "p", class: "rationale", most: 1200 }) : null,
        verdict.repairs.map((repair) => el("p", { class: "stumble" }, "Asked again: ", words(repair))),
        verdict.raw ? page.fold("The judge, word for word", () => page.verbatim(verdict.raw)) : null,
      ),
    );
  }

  function costs(detail) {
    const rows = detail.turns.map((turn, place) => [`${place + 1}. `, page.turnName(turn), turn]);
    const spoken = detail.turns.reduce((sum, { seconds }) => sum + seconds, 0);
    rows.push(["", "Tools, and waiting", { seconds: Math.max(0, detail.facts.seconds - spoken) }]);
    for (const render of detail.renders) rows.push(["", `Drawing by ${render.renderer}`, render]);
    for (const verdict of [...detail.renders.flatMap((one) => one.verdicts), ...detail.verdicts]) rows.push(["", `Judging by ${verdict.judge}`, verdict]);
    const sum = (take) => rows.reduce((total, [, , one]) => total + (take(one) ?? 0), 0);
    const hasTokens = rows.some(([, , { tokens }]) => tokens);
    const hasCost = rows.some(([, , { cost }]) => cost !== null && cost !== undefined);
    const number = (value) => el("td", { class: "number" }, value);
    const line = (name, { seconds, tokens, cost }, properties = {}) =>
      el(
        "tr",
        properties,
        el("th", { scope: "row" }, name),
        number(page.seconds(seconds)),
        hasTokens ? [number(tokens ? page.count(tokens[0]) : ""), number(tokens ? page.count(tokens[1]) : "")] : null,
        hasCost ? number(cost === null || cost === undefined ? "" : page.dollars(cost)) : null,
      );
    const total = {
      seconds: sum((one) => one.seconds),
      tokens: [sum((one) => one.tokens?.[0]), sum((one) => one.tokens?.[1])],
      cost: sum((one) => one.cost),
    };
    const names = ["Step", "Time", ...(hasTokens ? ["Tokens read", "Tokens written"] : []), ...(hasCost ? ["Cost"] : [])];
    const heads = names.map((name, place) => el("th", { scope: "col", class: place ? "number" : null }, name));
    return el(
      "div",
      { class: "table", tabindex: 0, role: "region", "aria-label": "Time, tokens and cost by step" },
      el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows.map(([n, name, one]) => line([n, typeof name === "string" ? words(name, { most: 120 }) : name], one)), line("Together", total, { class: "total" }))),
    );
  }

  function settings({ facts: made }) {
    const entries = Object.entries(made).filter(([name, value]) => name !== "seconds" && value !== null && value !== "");
    return el(
      "dl",
      { class: "settings" },
      entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, words(Array.isArray(value) ? value.join(", ") || "none" : String(value), { most: 120 })))),
    );
  }

  function keys(event) {
    const row = document.querySelector(".view.attempt");
    const go = (rel) => {
      const link = row?.querySelector(`.around a[rel="${rel}"]`);
      if (link) location.hash = link.hash;
      return Boolean(link);
    };
    if (event.key === "Escape") return (location.hash = page.galleryAddress()), true;
    if (event.key === "ArrowRight" || event.key === "j") return go("next");
    if (event.key === "ArrowLeft" || event.key === "k") return go("prev");
    return false;
  }

  page.views.attempt = { title: "Attempt", hidden: true, under: "gallery", render, keys, focus: (root) => root.querySelector("h1") };
})();
