// SPDX-License-Identifier: Apache-2.0
// The search box: names and ids, best first; arrows choose, Enter goes there.

const MOST_FOUND = 40;
const field = document.getElementById("search");
const list = document.getElementById("found");

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const searchable = THINGS.map((thing) => ({
  thing, id: folded(thing.id),
  names: [folded(thing.name), folded(String(thing.fact("name_en") ?? ""))],
}));

// Lower is better; Infinity: not found. Things are in order of importance, which breaks ties.
function rank(entry, sought) {
  if (entry.id === sought || entry.names.includes(sought)) return 0;
  const at = Math.min(...[...entry.names, entry.id].map((text) => {
    const found = text.indexOf(sought);
    return found < 0 ? Infinity : found;
  }));
  return at === Infinity ? Infinity : at === 0 ? 1 : 2;
}

function find(text) {
  const sought = folded(text.trim());
  if (!sought) return [];
  const ranked = searchable
    .map((entry, order) => ({ thing: entry.thing, order, rank: rank(entry, sought) }))
    .filter((one) => one.rank < Infinity);
  ranked.sort((a, b) => a.rank - b.rank || a.order - b.order);
  return onceEach(ranked.map((one) => one.thing));
}

// A named way has many edges: one of them is enough to find it.
function onceEach(things) {
  const seen = new Set();
  return things.filter((thing) => {
    if (thing.kind !== "edge" || !thing.name) return true;
    const known = seen.has(thing.name);
    seen.add(thing.name);
    return !known;
  });
}

function listenToSearch(go) {
  let found = [];
  let chosen = 0;
  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    chosen = Math.min(Math.max(number, 0), Math.min(found.length, MOST_FOUND) - 1);
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `found-${chosen}`);
  };
  const take = (thing) => {
    close();
    go(thing);
  };
  const update = () => {
    found = find(field.value);
    const rows = found.slice(0, MOST_FOUND).map((thing, i) => {
      const row = element("li", titleOf(thing));
      row.id = `found-${i}`;
      row.setAttribute("role", "option");
      row.append(element("small", kindAndId(thing)));
      row.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(thing);
      });
      return row;
    });
    if (!rows.length) rows.push(element("li", "Nothing of that name or id", "none"));
    list.replaceChildren(...rows);
    list.hidden = !field.value.trim();
    field.setAttribute("aria-expanded", String(!list.hidden));
    if (found.length) choose(0);
  };
  field.addEventListener("input", update);
  field.addEventListener("focus", () => field.value && update());
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && found[chosen] && !list.hidden) take(found[chosen]);
    else if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    }
  });
}
