// SPDX-License-Identifier: Apache-2.0
// The panel: how roads are coloured, what is shown (which is also the legend), what a check found.

let look = "class";
const hidden = new Set();
const shown = (layer) => !hidden.has(layer);
const km = (edges) => shownMetres(edges.reduce((sum, edge) => sum + edge.fact("length_m"), 0));

// [group, layer, words, count, scale from which it is seen, how its sign is drawn]
function layers() {
  const rows = [];
  const line = (part) => (pen) => sampleLine(pen, part);
  const sign = (kind) => (pen) => PLACE_SIGNS[kind](pen, 17, 9, 6);
  for (const [name, words] of Object.entries(CLASS_WORDS)) {
    const edges = EDGES.filter((edge) => edge.roadClass === name);
    rows.push(["Ways", `class-${name}`, words, edges.length, 0, line({ roadClass: name }), km(edges)]);
  }
  const some = (layer, words, edges, part, from = 0) => rows.push(
    ["Ways", layer, words, edges.length, from, part, km(edges)],
  );
  some("oneway", "one way", EDGES.filter((edge) => edge.oneway !== "no"), (pen) => {
    sampleLine(pen, { roadClass: "shared" });
    arrow(pen, 17, 9, 0, 5);
  }, ARROWS_FROM);
  some("staff", "staff and robots only", EDGES.filter((edge) => edge.access === "staff"), line({ roadClass: "shared", access: "staff" }));
  some("closed", "closed to robots", EDGES.filter((edge) => edge.access === "closed"), line({ roadClass: "shared", access: "closed" }));
  some("steep", `steep, ${STEEP_PCT} % and more`, EDGES.filter((edge) => Math.abs(edge.inclinePct) >= STEEP_PCT), (pen) => {
    sampleLine(pen, { roadClass: "shared" });
    chevron(pen, 17, 9, 0, "steep", 3.6);
  }, 0.25);
  rows.push(["Ways", "islands", "islands: no way there", ISLANDS.length, 0, line({ roadClass: "shared", island: 1 }), String(ISLANDS.length)]);
  for (const [kind, words] of [["station", "stations"], ["stop", "stops"], ["charger", "chargers"], ["parking", "parking"]]) {
    rows.push(["Places", kind, words, MARKS[kind].length, MARKS_FROM[kind], sign(kind)]);
  }
  for (const [layer, words] of [["waiting", "waiting places"], ["proposed", "proposed waiting places"]]) {
    const some = MARKS.waiting.filter((mark) => layerOf(mark) === layer);
    rows.push(["Places", layer, words, some.length, MARKS_FROM.waiting,
      (pen) => drawWaiting(pen, "mouth", layer === "proposed", 17, 9, 4.6)]);
  }
  for (const [gate, words] of [...Object.entries(GATE_WORDS), ["none", "other points"]]) {
    const layer = gate === "none" ? "joint" : `gate-${gate}`;
    rows.push(["Places", layer, words.endsWith("s") ? words : `${words}s`, MARKS.node.filter((mark) => mark.gate === gate).length,
      MARKS_FROM.node, (pen) => drawGate(pen, gate, 17, 9, 5)]);
  }
  for (const [zone, words] of [["closed", "closed zones"], ["slow", "slow zones"], ["crowded", "crowded zones"], ["no_stop", "zones without stopping"]]) {
    rows.push(["Ground", `zone-${zone}`, words, SHAPES.zone.filter((one) => one.zone === zone).length, 0, (pen) => sampleArea(pen, hatching(zone, true), colour(zone))]);
  }
  rows.push(["Ground", "buildings", "buildings", SHAPES.building.length, 0, (pen) => sampleArea(pen, colour("building"), colour("building-rim"))]);
  rows.push(["Ground", "grounds", "grounds and trees", SHAPES.area.length + TREES.length, 0, (pen) => sampleArea(pen, colour("lawn"), colour("tree"))]);
  rows.push(["Ground", "labels", "names", THINGS.filter((thing) => thing.name).length, 0, (pen) => {
    pen.font = `600 12px ${FONT}`;
    pen.textAlign = "center";
    pen.fillStyle = colour("ink");
    pen.fillText("Aa", 17, 13);
  }]);
  rows.push(["Ground", "findings", "findings of the check", FINDINGS.length, 0, (pen) => drawFinding(pen, { level: "error" }, 17, 20)]);
  return rows.filter(([, , , count]) => count > 0);
}

function sampleLine(pen, part) {
  const parts = [{ line: [-12, 0, 12, 0], edge: part }];
  const eye = { x: view.x, y: view.y, scale: view.scale, width: view.width, height: view.height };
  Object.assign(view, { x: 0, y: 0, scale: 1, width: 34, height: 18 });
  pen.lineCap = "butt";
  const width = { road: 7, shared: 5, path: 2, crossing: 4, indoor: 2 }[part.roadClass];
  const group = { roadClass: part.roadClass, width, parts, level: 0, closed: part.access === "closed" };
  if (part.island) {
    pen.globalAlpha = 0.34;
    strokeAll(pen, parts, 12, colour("island"));
    pen.globalAlpha = 1;
  }
  const kept = look;
  look = "class";
  drawCasing(pen, group);
  drawFilling(pen, group);
  look = kept;
  if (part.access === "staff") strokeAll(pen, parts, 1.8, colour("staff"), [5, 5]);
  Object.assign(view, eye);
}

function sampleArea(pen, fill, rim) {
  pen.beginPath();
  pen.roundRect(6, 2.5, 22, 13, 2.5);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = rim;
  pen.stroke();
}

function swatch(width, height, draw) {
  const made = element("canvas");
  const ratio = Math.min(3, Math.max(2, devicePixelRatio));
  made.width = width * ratio;
  made.height = height * ratio;
  const pen = made.getContext("2d");
  pen.scale(ratio, ratio);
  draw(pen);
  return made;
}

function drawLegend(redraw) {
  const groups = new Map();
  for (const [group, layer, words, count, from, draw, more] of layers()) {
    if (!groups.has(group)) groups.set(group, [element("div", group, "group")]);
    const row = element("label");
    const box = element("input");
    box.type = "checkbox";
    box.checked = shown(layer);
    box.dataset.layer = layer;
    box.addEventListener("change", () => {
      hidden[box.checked ? "delete" : "add"](layer);
      redraw();
    });
    row.dataset.from = from;
    row.append(box, swatch(34, 18, draw), element("span", words, "what"),
      element("span", more ?? count.toLocaleString("en"), "count"));
    groups.get(group).push(row);
  }
  document.getElementById("legend").replaceChildren(...[...groups.values()].flat());
}

// A layer that appears only nearer by is pale in the legend meanwhile.
function fadeLegend() {
  for (const row of document.querySelectorAll("#legend label")) {
    const far = view.scale < Number(row.dataset.from);
    if (row.classList.toggle("far", far)) row.title = "Seen when you zoom in";
    else row.removeAttribute("title");
  }
}

function drawLooks(choose) {
  const looks = [["class", "class"], ["passing", "where robots pass"], ["time", "travel time"]];
  const known = EDGES.some((edge) => edge.passing);
  const rows = looks.filter(([name]) => name !== "passing" || known).map(([name, words]) => {
    const label = element("label");
    const radio = element("input");
    radio.type = "radio";
    radio.name = "look";
    radio.value = name;
    radio.checked = name === look;
    radio.addEventListener("change", () => choose(name));
    label.append(radio, element("span", words));
    return label;
  });
  document.getElementById("looks").append(...rows);
}

function drawScaleOfLook() {
  const place = document.getElementById("scale-of-look");
  const rows = [];
  const chip = (name, words) => {
    const row = element("li");
    row.append(swatch(16, 10, (pen) => {
      pen.fillStyle = colour(name);
      pen.fillRect(0, 1, 16, 8);
    }), words);
    rows.push(row);
  };
  const head = element("div");
  if (look === "passing") {
    for (const [name, words] of [["wide", "two pass"], ["wide-guess", "two pass, a guess"], ["narrow", "one at a time"], ["narrow-guess", "one, a guess"], ["plain", "not known"]]) {
      if (EDGES.some((edge) => passingColour(edge) === name)) chip(name, words);
    }
  } else if (look === "time" && reach) {
    head.append("From ", element("b", titleOf(reach.thing)), `, at most ${MAP.site.speed_mm_s / 1000} m/s. Touch another place to start there.`);
    for (let band = 0; band < reach.used; band += 1) chip(`t${band}`, bandWords(band));
    if (reach.unreached.length) chip("plain", "no way there");
  } else if (look === "time") head.append("Touch a stop or a station to see how far robots get from it.");
  place.replaceChildren(...(head.childNodes.length ? [head] : []), ...(rows.length ? [listOf(rows)] : []));
}

function listOf(rows) {
  const made = element("ul");
  made.append(...rows);
  return made;
}

function bandWords(band) {
  const to = (band + 1) * reach.stepS;
  return to >= 60 && reach.stepS >= 30 ? `${to / 60} min` : `${to} s`;
}

function drawFindings(go) {
  const section = document.getElementById("findings");
  section.hidden = !FINDINGS.length;
  const errors = FINDINGS.filter((found) => found.level === "error").length;
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  section.querySelector("h2").textContent = `${count(errors, "error")}, ${count(FINDINGS.length - errors, "warning")}`;
  section.querySelector("ol").replaceChildren(...FINDINGS.map((found) => {
    const row = element("li");
    const button = element("button", found.id ? `${found.id}: ${found.what}` : found.what, found.level);
    button.type = "button";
    button.addEventListener("click", () => go(found));
    row.append(button);
    return row;
  }));
}
