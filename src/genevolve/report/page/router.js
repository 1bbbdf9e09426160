// Which view is shown: the address after "#" names it, and what it shows of it.
"use strict";

(() => {
  const main = document.getElementById("view");
  const menu = document.getElementById("menu");
  const kept = new Map();
  const scrolled = new Map();
  let first = null;
  page.keys = null;

  // "#attempt/abc?x=1" is the view "attempt", at "abc", with its settings.
  page.here = () => {
    const [path, settings = ""] = location.hash.slice(1).split("?");
    const [name, ...rest] = path.split("/");
    let at = "";
    try {
      at = decodeURIComponent(rest.join("/"));
    } catch {
      // A broken address leads to the view itself.
    }
    return { name: page.views[name] ? name : first, at, settings: new URLSearchParams(settings) };
  };
  page.to = (name, at = "", settings = "") =>
    `#${name}${at ? `/${encodeURIComponent(at)}` : ""}${String(settings) ? `?${settings}` : ""}`;

  function show() {
    const { name, at, settings } = page.here();
    const view = page.views[name];
    if (page.shown) scrolled.set(page.shown, scrollY);
    const again = page.shown === name && view.follow;
    if (again) return view.follow(kept.get(name), at, settings);
    page.shown = name;
    page.keys = null;
    for (const link of menu.children) link.setAttribute("aria-current", link.dataset.view === (view.under ?? name) ? "page" : "false");
    document.title = `${view.title} · ${menu.dataset.run}`;
    const root = kept.get(name) ?? page.el("div", { class: `view ${name}` });
    const fresh = !kept.has(name);
    main.replaceChildren(root);
    if (fresh || !view.keep) {
      root.replaceChildren();
      view.render(root, page.block(name), at, settings);
      if (view.keep) kept.set(name, root);
    } else view.follow?.(root, at, settings);
    page.keys = view.keys ?? null;
    scrollTo({ top: view.keep && !fresh ? (scrolled.get(name) ?? 0) : 0, behavior: "instant" });
    if (document.readyState !== "loading" || !fresh) (view.focus ?? (() => main))(root)?.focus({ preventScroll: true });
  }

  // A view of the page: `{title, render(root, data, at, settings), keep, follow, focus, keys, under, hidden}`.
  page.open = (names) => {
    const there = names.filter((name) => page.views[name]);
    first = there[0];
    menu.dataset.run = document.title;
    for (const name of there) {
      if (page.views[name].hidden) continue;
      menu.append(page.el("a", { href: page.to(name), "data-view": name }, page.views[name].title));
    }
    menu.hidden = menu.children.length < 2;
    addEventListener("hashchange", show);
    show();
  };

  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });

  const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !page.keys) return;
    if (typing(event.target) && event.key !== "Escape") return;
    if (page.keys(event)) event.preventDefault();
  });

  // The theme follows the system until it is chosen here.
  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  const stored = (() => {
    try {
      return localStorage.getItem("genevolve-theme");
    } catch {
      return null;
    }
  })();
  const wear = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme === "auto" ? "system" : theme}`;
  };
  wear(themes.includes(stored) ? stored : "auto");
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    wear(next);
    try {
      localStorage.setItem("genevolve-theme", next);
    } catch {
      // A page from the disk may not be allowed to remember; it still wears the theme now.
    }
  });
})();
