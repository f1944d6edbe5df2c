// SPDX-License-Identifier: Apache-2.0
// The facts of one thing in words. Every text of the map goes in by textContent, never as markup.

const KIND_WORDS = {
  edge: "way", node: "point", stop: "stop", station: "station", charger: "charger",
  parking: "parking", waiting: "waiting place", building: "building", zone: "zone",
};
const CLASS_WORDS = {
  road: "road", shared: "shared way", path: "path", crossing: "crossing", indoor: "indoor way",
};
const GATE_WORDS = {
  gate: "gate", bollard: "bollard", lift_gate: "lift gate", crossing: "crossing point",
  kerb: "kerb",
};
const TAKEN_UP = new Set([
  "name", "class", "length_m", "speed_mps", "width_m", "passing", "passing_from", "oneway",
  "access", "gate", "gate_from", "wait_s", "island", "incline_pct", "may_wait", "zone_kind",
  "format", "from", "to", "offset_m",
]);
const LONG_WORDS = new Set(["from, to", "hangs on", "OpenStreetMap", "made up"]);
const plain = (value) => String(value);
const metres = (value) => shownMetres(Number(value));
const SAID = {
  slots: ["slots", plain], dwell_s: ["a visit takes", (value) => `${value} s`],
  power_w: ["power", (value) => `${value} W`], open_hours: ["open", plain], hours: ["hours", plain],
  factor_pct: ["ways in it take", (value) => `${value} %`], max_height_m: ["height", metres],
  capacity: ["robots at once", (value) => (value === 0 ? "no limit" : plain(value))],
  osm_id: ["OpenStreetMap", plain], snap_m: ["off the road", metres], until: ["until", plain],
  name_en: ["English name", plain],
  generated: ["made up", (value) => (value ? "yes, check it" : "no")],
};

function shownMetres(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} km`;
  return `${value.toFixed(value < 20 ? 1 : 0)} m`;
}

const yesNo = (value) => (value === true ? "yes" : value === false ? "no" : String(value));

function titleOf(thing) {
  return thing.name || thing.id;
}

function kindOf(thing) {
  if (thing.kind === "edge") return CLASS_WORDS[thing.roadClass];
  if (thing.kind === "node" && Object.hasOwn(GATE_WORDS, thing.gate)) return GATE_WORDS[thing.gate];
  if (thing.kind === "zone") return `${thing.zone} zone`;
  if (thing.kind === "waiting") {
    const at = thing.fact("at") ? `, ${thing.fact("at")}` : "";
    return `${thing.proposed ? "proposed " : ""}waiting place${at}`;
  }
  return KIND_WORDS[thing.kind];
}

function kindAndId(thing) {
  return thing.name ? `${kindOf(thing)} · ${thing.id}` : kindOf(thing);
}

// [word, value] pairs, the important ones first; then whatever else the file says.
function factsOf(thing) {
  const rows = thing.kind === "edge" ? edgeFacts(thing) : [];
  const fact = (name) => thing.fact(name);
  if (thing.kind === "node") rows.push(["passing costs", `${fact("wait_s") ?? 0} s`]);
  if (thing.guessed && thing.kind === "node") rows.push(["robots may pass", "a guess: look at it"]);
  if (thing.kind === "node" && fact("width_m")) rows.push(["opening", metres(fact("width_m"))]);
  if (thing.kind === "waiting") {
    rows.push(["robots may wait", thing.proposed ? "once confirmed" : "yes"]);
  }
  if (thing.node >= 0 && reach && thing.node !== reach.thing.node) {
    rows.unshift([`from ${titleOf(reach.thing)}`, shownTime(reach.times[thing.node])]);
  }
  if (thing.kind !== "edge" && thing.kind !== "node" && fact("edge")) {
    rows.push(["hangs on", `${fact("edge")} at ${shownMetres(Number(fact("offset_m") ?? 0))}`]);
  }
  for (const name of Object.keys(thing.facts)) {
    const value = fact(name);
    if (value === undefined || TAKEN_UP.has(name) || name === "edge") continue;
    const [word, say] = Object.hasOwn(SAID, name) ? SAID[name] : [name.replaceAll("_", " "), yesNo];
    rows.push([word, referred(name, value) ?? say(value)]);
  }
  return rows;
}

// A building's or stop's name beside its id.
function referred(name, value) {
  if (name !== "building" && name !== "stop") return undefined;
  const thing = BY_ID.get(String(value));
  return thing?.name ? `${thing.name} (${value})` : undefined;
}

function edgeFacts(edge) {
  const rows = [
    ["length", shownMetres(edge.fact("length_m"))], ["speed", `${edge.fact("speed_mps")} m/s`],
    ["width", edge.widthM ? shownMetres(edge.widthM) : "not known"],
  ];
  if (edge.passing) {
    const from = { width: "by its width", guess: "a guess by its class", seen: "seen on site" };
    const source = from[edge.fact("passing_from") ?? "seen"] ?? "";
    rows.push(["robots pass", `${edge.passing === "wide" ? "yes" : "no"}, ${source}`]);
  }
  if (edge.oneway !== "no") {
    rows.push(["one way", edge.oneway === "forward" ? "as drawn" : "against the drawing"]);
  }
  if (edge.access !== "open") {
    rows.push(["access", edge.access === "staff" ? "staff, and robots" : "closed to robots"]);
  }
  if (edge.inclinePct) rows.push(["incline", `${edge.inclinePct} %`]);
  if (edge.island) {
    const island = ISLANDS.find((one) => one.number === edge.island);
    const gap = shownMetres(Math.max(0, island?.gapM ?? 0));
    rows.push(["island", `${edge.island}, ${gap} from the rest`]);
  }
  rows.push(["robots may wait", yesNo(edge.fact("may_wait"))]);
  rows.push(["from, to", `${edge.fact("from")}, ${edge.fact("to")}`]);
  return rows;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const tip = document.getElementById("tip");
const card = document.getElementById("card");

function showTip(thing, px, py) {
  tip.hidden = !thing;
  if (!thing) return;
  const said = factsOf(thing).filter(([word]) => !LONG_WORDS.has(word)).slice(0, 4);
  const lines = [thing.name ? `${kindOf(thing)} ${thing.id}` : kindOf(thing)];
  if (said.length) lines.push(said.map(([word, value]) => `${word} ${value}`).join(" · "));
  tip.replaceChildren(element("b", titleOf(thing)),
    ...lines.flatMap((line, i) => [...(i ? [element("br")] : []), element("span", line)]));
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const x = px + 16 + width > view.width ? px - width - 12 : px + 16;
  const y = Math.min(py + 14, view.height - height - 8);
  tip.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
}

// `at` is where it was touched; what is copied are the coordinates of that point.
function showCard(thing, at, actions) {
  card.hidden = !thing;
  if (!thing) return;
  const facts = element("dl");
  for (const [word, value] of factsOf(thing)) {
    facts.append(element("dt", word), element("dd", String(value)));
  }
  facts.append(element("dt", "lat, lon"), element("dd", shownLatLon(...at)));
  const buttons = element("div", undefined, "do");
  for (const [word, act] of actions) {
    const button = element("button", word);
    button.type = "button";
    button.addEventListener("click", () => act(button));
    buttons.append(button);
  }
  const close = element("button", undefined, "close");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.append(document.getElementById("closer").firstElementChild.cloneNode(true));
  close.firstElementChild.style.transform = "rotate(45deg)";
  close.addEventListener("click", () => pin(undefined));
  const found = FINDINGS.filter((one) => one.thing === thing)
    .map((one) => element("p", one.what, `finding ${one.level}`));
  card.replaceChildren(close, element("h3", titleOf(thing)),
    element("p", kindAndId(thing), "kind"), ...found, facts, buttons);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from a file may be refused the clipboard; a selection can always be copied.
    const field = element("textarea", text);
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const word = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = word; }, 1200);
}
