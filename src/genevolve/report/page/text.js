// Elements made of words. Data becomes text nodes and nothing else, so that markup in a title stays a title.
"use strict";

(() => {
  const LONG = 1600;

  // An element: properties are attributes, `on…` listeners, `vars` CSS variables; children are nodes or words.
  page.el = (tag, properties = {}, ...children) => fill(document.createElement(tag), properties, children);
  page.svg = (tag, properties = {}, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);

  function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "vars") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  // Words from the world, set apart from what is around them: marks of direction in them end with them.
  // What is long is cut, and a button shows the rest.
  page.words = (text, { tag = "bdi", most = LONG, ...properties } = {}) => {
    if (text.length <= most * 1.25) return page.el(tag, { dir: "auto", ...properties }, text);
    const shown = page.el("bdi", { dir: "auto" }, `${whole(text, most)}…`);
    const button = page.el("button", { type: "button", class: "more" }, `Show all ${page.count(text.length)} characters`);
    button.addEventListener("click", () => {
      shown.textContent = text;
      shown.tabIndex = -1;
      button.remove();
      shown.focus();
    });
    return page.el(tag, properties, shown, " ", button);
  };

  // The beginning of a text, no character cut in two.
  function whole(text, most) {
    const last = text.charCodeAt(most - 1);
    return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
  }
  page.cut = (text, most) => (text.length <= most ? text : `${whole(text, most).trimEnd()}…`);

  // A link to a page of the web; anything but http and https stays as words.
  page.link = (address, words, properties = {}) => {
    let url = null;
    try {
      url = new URL(address);
    } catch {
      // Not an address: it is shown as it stands.
    }
    const text = page.words(words ?? address, { most: 300 });
    if (!url || !["http:", "https:"].includes(url.protocol)) return text;
    const attributes = { href: url.href, target: "_blank", rel: "noopener noreferrer", referrerpolicy: "no-referrer" };
    return page.el("a", { ...attributes, ...properties }, text);
  };

  const whole_numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  page.count = (number) => whole_numbers.format(number);
  page.counted = (number, one, many = `${one}s`) => `${page.count(number)} ${number === 1 ? one : many}`;
  page.score = (score) => (score === null || score === undefined ? "–" : score.toFixed(2));
  page.seconds = (seconds) =>
    seconds < 10 ? `${seconds.toFixed(2)} s` : seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
  page.dollars = (cost) => `$${cost < 0.01 ? cost.toFixed(5) : cost.toFixed(3)}`;

  // Tells those who hear the page what has changed.
  page.tell = (words) => {
    document.getElementById("told").textContent = words;
  };
})();
