// What every script of the page shares: the views by name, and the data that the page carries.
"use strict";

const page = { views: Object.create(null), shown: null };

// What an object from the data has under a name; names come from the world, and "constructor" is one.
page.own = (object, name) => (object && Object.hasOwn(object, name) ? object[name] : undefined);

(() => {
  const read = new Map();
  const arrived = new Promise((done) => {
    if (document.readyState === "complete") done();
    else document.addEventListener("DOMContentLoaded", done, { once: true });
  });

  // The data of a block, or null where the page has none of this name.
  page.block = (name) => {
    if (!read.has(name)) {
      const element = document.getElementById(`json-${name}`);
      if (!element) return null;
      read.set(name, JSON.parse(element.textContent));
    }
    return read.get(name);
  };

  // The data of a block that comes late: it is waited for, and null where it never comes.
  page.later = async (name) => {
    if (!document.getElementById(`json-${name}`)) await arrived;
    return page.block(name);
  };

  // The data of a packed block. The latest few stay unpacked.
  const unpacked = new Map();
  page.packed = (name) => {
    const known = unpacked.get(name) ?? unpack(name);
    unpacked.delete(name);
    unpacked.set(name, known);
    if (unpacked.size > 4) unpacked.delete(unpacked.keys().next().value);
    return known;
  };

  async function unpack(name) {
    if (!document.getElementById(`packed-${name}`)) await arrived;
    const element = document.getElementById(`packed-${name}`);
    if (!element) throw new Error(`this page lacks its part ${name}; was it saved whole?`);
    if (!window.DecompressionStream) throw new Error("this browser cannot unpack the page; use a newer one");
    const text = atob(element.textContent);
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }
})();
