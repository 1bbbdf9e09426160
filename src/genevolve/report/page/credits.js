// Whose pictures the programs use as references: in a list to look at, and in one to paste.
"use strict";

(() => {
  const { el, words } = page;

  // One line of the list that is pasted; what is not known is said to be unknown.
  function line(image) {
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const brought = image.found_by === "brought";
    return [
      `“${plain(image.title)}”`,
      plain(image.author ?? (brought ? "brought by the user" : "author unknown")),
      plain(image.licence ?? "licence unknown"),
      brought ? "" : plain(image.page_url ?? image.image_url),
    ]
      .filter(Boolean)
      .join(", ");
  }

  function item(image) {
    const who = [image.author ?? "author unknown", image.licence ?? "licence unknown"];
    return el(
      "li",
      { class: "credit" },
      el("span", { class: "frame" }, page.linked(image.digest, { alt: page.cut(image.title, 120) })),
      el(
        "span",
        { class: "lines" },
        words(image.title, { tag: "span", class: "title", most: 160 }),
        el("span", { class: "note" }, who.map((one, place) => [place ? " · " : "", words(one, { most: 160 })])),
        el("span", { class: "note" }, page.source(image)),
        image.times > 1 ? el("span", { class: "note" }, `used ${page.count(image.times)} times`) : null,
      ),
    );
  }

  async function copy(area) {
    area.select();
    try {
      await navigator.clipboard.writeText(area.value);
      page.tell("Copied.");
      return "Copied";
    } catch {
      // Where a page may not write to the clipboard the text stays selected.
      return document.execCommand("copy") ? "Copied" : "Selected: copy it with your keyboard";
    }
  }

  page.views.credits = {
    title: "Credits",
    keep: true,
    focus: (root) => root.querySelector("h1"),
    follow() {},
    render(root, images) {
      const unknown = images.filter(({ licence, found_by }) => !licence && found_by !== "brought").length;
      root.append(
        el(
          "header",
          { class: "head" },
          el("h1", { tabindex: -1 }, images.length ? page.counted(images.length, "reference") : "No references"),
          el("p", { class: "lede" }, images.length ? "Pictures that the programs use, each once, with who made it, under which licence, and where it is from." : "No program of this run uses a picture as a reference."),
          unknown ? el("p", { class: "stumble" }, `The licence of ${page.counted(unknown, "picture")} is not known: the source did not say.`) : null,
        ),
      );
      if (!images.length) return;
      const area = el("textarea", { readonly: true, rows: Math.min(8, images.length + 1), spellcheck: "false", "aria-label": "All credits, a line each" });
      area.value = images.map(line).join("\n");
      const button = el("button", { type: "button", class: "quiet" }, "Copy the list");
      button.addEventListener("click", async () => {
        button.textContent = await copy(area);
      });
      const list = el("ul", { class: "credits-list" });
      const grown = page.growing(list, item, 60);
      root.append(el("div", { class: "paste" }, area, button), list, grown.end);
      grown.show(images);
    },
  };
})();
