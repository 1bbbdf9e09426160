// How an attempt came about, turn by turn: what was thought, what was asked, what came back.
"use strict";

(() => {
  const { el, words } = page;
  const DONE = {
    search: "Searched",
    image_search: "Looked for pictures",
    query_knowledge: "Read a skill",
  };

  // A part that is opened to be read; what is in it is made then.
  page.fold = (title, make, properties = {}) => {
    const summary = el("summary", {}, title);
    const details = el("details", properties, summary);
    const open = () => {
      if (details.children.length === 1) details.append(...[make()].flat());
    };
    details.addEventListener("toggle", () => details.open && open());
    details.begin = open;
    return details;
  };

  // Words to the letter, in a box that is scrolled where they are many.
  page.verbatim = (text, most = 4000, name = "Word for word") =>
    words(text, { tag: "div", class: "verbatim", most, tabindex: 0, role: "region", "aria-label": name });

  page.failureWords = ({ whose, where, what }) => [
    el("strong", {}, whose === "policy" ? "The policy failed" : "The world failed"),
    el("span", { class: "dim" }, ` at ${where}: `),
    words(what, { most: 500 }),
  ];

  // The list of turns. `read` gives the text that a detail names; `uses` tells which pictures became references.
  page.turns = (attempt, { read, uses }) => {
    const { turns } = attempt;
    const items = [el("li", { class: "turn before" }, opening(turns[0].heard, read))];
    turns.forEach((turn, number) => {
      const back = turns[number + 1]?.heard ?? [];
      items.push(
        el(
          "li",
          { class: `turn ${turn.action.kind}` },
          head(turn, number + 1),
          turn.thought ? words(turn.thought, { tag: "p", class: "thought", most: 900 }) : null,
          asked(turn.action, back),
          stumbles(turn),
          turn.action.kind === "call" ? unanswered(turns[number + 1]) : null,
          back.map((message) => heard(message, attempt, { read, uses })),
          page.fold("Word for word", () => verbatim(turn, back, read)),
        ),
      );
    });
    return el("ol", { class: "turns" }, items);
  };

  function verbatim(turn, back, read) {
    const parts = [el("h4", {}, "The reply"), page.verbatim(turn.reply || "(no words)")];
    if (turn.native_calls) parts.push(page.verbatim(JSON.stringify(turn.native_calls, null, 2)));
    const observed = back.filter(({ kind }) => kind === "observation");
    for (const { text } of observed) parts.push(el("h4", {}, "What came back, as the policy read it"), page.verbatim(read(text)));
    return parts;
  }

  function opening(messages, read) {
    return page.fold("What the policy was told first", () =>
      messages.map((message) => [
        el("h4", {}, message.kind === "system" ? "The system prompt" : "The request"),
        page.verbatim(read(message.text)),
      ]).flat(),
    );
  }

  function head(turn, number) {
    const spent = [page.seconds(turn.seconds)];
    if (turn.tokens) spent.push(`${page.count(turn.tokens[0])} + ${page.count(turn.tokens[1])} tokens`);
    if (turn.cost !== null) spent.push(page.dollars(turn.cost));
    return el(
      "div",
      { class: "turn-head" },
      el("span", { class: "number" }, page.count(number)),
      el("h3", {}, what(turn.action)),
      el("span", { class: "note" }, spent.join(" · ")),
    );
  }

  function what(action) {
    if (action.kind === "answer") return "Answered";
    if (action.kind === "malformed") return "Said what could not be used";
    return page.own(DONE, action.tool) ?? words(`Called ${action.tool}`, { most: 100 });
  }
  page.turnName = (turn) => what(turn.action);

  // What was asked; where answers came back they stand under their questions, and it is not said twice.
  function asked(action, back) {
    if (action.kind === "malformed") return words(action.problem, { tag: "p", class: "bad" });
    if (action.kind !== "call" || back.some(({ answers }) => answers?.some(({ query }) => query))) return null;
    const skill = action.arguments.skill_name;
    const plain = action.queries.length ? action.queries : typeof skill === "string" ? [skill] : null;
    if (!plain) return page.verbatim(JSON.stringify(action.arguments, null, 2), 800);
    return el("ul", { class: "queries" }, plain.map((query) => el("li", {}, words(query, { most: 300 }))));
  }

  // Why nothing came back for a call.
  function unanswered(next) {
    if (!next) return el("p", { class: "stumble" }, "The attempt ended with this call; what came back, if anything, was not kept.");
    return next.heard.some(({ kind }) => kind === "observation") ? null : el("p", { class: "stumble" }, "The call was not run.");
  }

  function stumbles(turn) {
    return [
      turn.cut_off ? el("p", { class: "stumble" }, "The reply was cut off at the limit of tokens.") : null,
      turn.repairs.map((repair) => el("p", { class: "stumble" }, "Read forgivingly: ", words(repair))),
    ];
  }

  function heard(message, attempt, { read, uses }) {
    const named = { reminder: "It was reminded:", refusal: "The answer was refused:", notice: "It was told:" };
    if (message.kind !== "observation") {
      return el("div", { class: "told-back" }, el("h4", {}, named[message.kind] ?? "It was told:"), page.verbatim(read(message.text), 900));
    }
    return el("div", { class: "back" }, message.answers.map((answer) => answered(answer, attempt, { read, uses })));
  }

  function answered(answer, attempt, { read, uses }) {
    const said = read(answer.said);
    const failed = /^(search|image search|knowledge|.{0,40}) failed: /.test(said);
    const heading = answer.query ? el("h4", {}, words(answer.query, { most: 200 })) : null;
    return el(
      "section",
      { class: "answer" },
      heading,
      answer.hits.length ? el("ol", { class: "hits" }, answer.hits.map(hit)) : null,
      answer.refs.length ? el("ul", { class: "found" }, answer.refs.map((ref) => candidate(ref, attempt, uses))) : null,
      !said
        ? null
        : answer.tool === "query_knowledge" && said.length > 400
          ? page.fold(`The skill’s text, ${page.count(said.length)} characters`, () => page.verbatim(said))
          : words(said, { tag: "p", class: failed ? "bad" : "dim", most: 600 }),
    );
  }

  function hit({ title, url, snippet }) {
    return el(
      "li",
      {},
      url ? page.link(url, title) : words(title, { most: 300 }),
      snippet ? words(snippet, { tag: "p", class: "note", most: 400 }) : null,
    );
  }

  // A picture that was found, with where it is from.
  function candidate(ref, attempt, uses) {
    const image = page.own(attempt.images, ref);
    const number = image ? uses.indexOf(ref) + 1 : 0;
    return el(
      "li",
      { class: number ? "candidate used" : "candidate", "data-reference": number || null },
      el("span", { class: "frame" }, image ? page.linked(image.digest, { alt: page.cut(image.title, 120) }) : "?"),
      el("span", { class: "ref" }, ref, number ? el("span", { class: "badge" }, `reference ${number}`) : null),
      image ? page.creditLines(image) : null,
    );
  }

  // Title, licence, author and source of a picture from the web.
  page.creditLines = (image) => {
    const who = [image.licence, image.author].filter(Boolean);
    return [
      words(image.title, { tag: "span", class: "title", most: 120, dir: "auto" }),
      who.length ? el("span", { class: "note" }, who.map((one, place) => [place ? " · " : "", words(one, { most: 120 })])) : null,
      el("span", { class: "note" }, page.source(image)),
    ];
  };

  // Where a picture is from: its page, else its file; one that the user brought says so.
  page.source = (image) => {
    if (image.found_by === "brought") return "brought by the user";
    const address = image.page_url ?? image.image_url;
    let host = address;
    try {
      host = new URL(address).host || address;
    } catch {
      // Not an address: shown as it stands.
    }
    return page.link(address, host);
  };
})();
