// SPDX-License-Identifier: Apache-2.0
// The panel: how roads are coloured, what is shown (which is also the legend), what a check found.

let look = "class";
const hidden = new Set();
const shown = (layer) => !hidden.has(layer);
const ZONE_WORDS = {
  closed: "closed zones", slow: "slow zones", crowded: "crowded zones",
  no_stop: "zones without stopping",
};
const PASSING_WORDS = {
  wide: "two pass", "wide-guess": "two pass, a guess", narrow: "one at a time",
  "narrow-guess": "one, a guess", plain: "not known",
};
const km = (edges) => shownMetres(edges.reduce((sum, edge) => sum + edge.fact("length_m"), 0));

// Every layer that can be left out: `from` is the scale at which it appears, `draw` its sign.
function layers() {
  return [...wayLayers(), ...ruleLayers(), ...placeLayers(), ...gateLayers(),
    ...guessLayers(), ...groundLayers()]
    .filter((row) => row.count > 0);
}

function wayLayers() {
  return Object.entries(CLASS_WORDS).map(([name, words]) => {
    const edges = EDGES.filter((edge) => edge.roadClass === name);
    const draw = (pen) => sampleLine(pen, { roadClass: name });
    const layer = `class-${name}`;
    return { group: "Ways", layer, words, count: edges.length, draw, says: km(edges) };
  });
}

function ruleLayers() {
  const rule = (layer, words, holds, draw, from = 0) => {
    const edges = EDGES.filter(holds);
    return { group: "Ways", layer, words, count: edges.length, from, draw, says: km(edges) };
  };
  const line = (facts) => (pen) => sampleLine(pen, { roadClass: "shared", ...facts });
  const withSign = (sign) => (pen) => {
    line({})(pen);
    sign(pen);
  };
  return [
    rule("oneway", "one way", (edge) => edge.oneway !== "no",
      withSign((pen) => arrow(pen, 17, 9, 0, 5)), ARROWS_FROM),
    rule("staff", "staff and robots only", (edge) => edge.access === "staff",
      line({ access: "staff" })),
    rule("closed", "closed to robots", (edge) => edge.access === "closed",
      line({ access: "closed" })),
    rule("steep", `steep, ${STEEP_PCT} % and more`,
      (edge) => Math.abs(edge.inclinePct) >= STEEP_PCT,
      withSign((pen) => chevron(pen, 17, 9, 0, "steep", 3.6)), STEEP_FROM),
    { ...rule("islands", "islands: no way there", (edge) => edge.island, line({ island: 1 })),
      says: String(ISLANDS.length) },
  ];
}

function placeLayers() {
  const places = [
    ["station", "stations"], ["stop", "stops"], ["charger", "chargers"], ["parking", "parking"],
  ];
  const waiting = [["waiting", "waiting places"], ["proposed", "proposed waiting places"]];
  return [
    ...places.map(([kind, words]) => ({
      group: "Places", layer: kind, words, count: MARKS[kind].length, from: MARKS_FROM[kind],
      draw: (pen) => PLACE_SIGNS[kind](pen, 17, 9, 6),
    })),
    ...waiting.map(([layer, words]) => ({
      group: "Places", layer, words, from: MARKS_FROM.waiting,
      count: MARKS.waiting.filter((mark) => layerOf(mark) === layer).length,
      draw: (pen) => drawWaiting(pen, "mouth", layer === "proposed", 17, 9, 4.6),
    })),
  ];
}

function gateLayers() {
  return [...Object.entries(GATE_WORDS), ["none", "other point"]].map(([gate, word]) => ({
    group: "Places", layer: gate === "none" ? "joint" : `gate-${gate}`, words: `${word}s`,
    count: MARKS.node.filter((mark) => mark.gate === gate).length, from: MARKS_FROM.node,
    draw: (pen) => drawGate(pen, gate, 17, 9, 5),
  }));
}

// Gates of any kind that are open only because nobody said that they are not.
function guessLayers() {
  return [{
    group: "Places", layer: "gate-guess", words: "passable? a guess", from: MARKS_FROM.node,
    count: MARKS.node.filter((mark) => mark.guessed).length,
    draw: (pen) => {
      drawGate(pen, "gate", 17, 9, 5);
      drawGuess(pen, 17, 9, 5);
    },
  }];
}

function groundLayers() {
  const zones = Object.entries(ZONE_WORDS).map(([zone, words]) => ({
    group: "Ground", layer: `zone-${zone}`, words,
    count: SHAPES.zone.filter((one) => one.zone === zone).length,
    draw: (pen) => sampleArea(pen, hatching(zone, true), colour(zone)),
  }));
  const findings = ["error", "warning"].map((level) => ({
    group: "Check", layer: `finding-${level}`, words: `${level}s`, from: FINDINGS_FROM[level],
    count: FINDINGS.filter((found) => found.level === level).length,
    draw: (pen) => drawFinding(pen, level, 17, 18, 0.7),
  }));
  return [
    ...zones,
    { group: "Ground", layer: "buildings", words: "buildings", count: SHAPES.building.length,
      draw: (pen) => sampleArea(pen, colour("building"), colour("building-rim")) },
    { group: "Ground", layer: "grounds", words: "grounds and trees",
      count: SHAPES.area.length + TREES.length,
      draw: (pen) => sampleArea(pen, colour("lawn"), colour("tree")) },
    { group: "Ground", layer: "labels", words: "names",
      count: THINGS.filter((thing) => thing.name).length, draw: sampleName },
    ...findings,
  ];
}

function sampleName(pen) {
  pen.font = `600 12px ${FONT}`;
  pen.textAlign = "center";
  pen.fillStyle = colour("ink");
  pen.fillText("Aa", 17, 13);
}

function sampleLine(pen, part) {
  const parts = [{ line: [-12, 0, 12, 0], edge: part }];
  const eye = { x: view.x, y: view.y, scale: view.scale, width: view.width, height: view.height };
  Object.assign(view, { x: 0, y: 0, scale: 1, width: 34, height: 18 });
  pen.lineCap = "butt";
  const width = { road: 7, shared: 5, path: 2, crossing: 4, indoor: 2 }[part.roadClass];
  const closed = part.access === "closed";
  const group = { roadClass: part.roadClass, width, parts, level: 0, closed };
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
  for (const { group, layer, words, count, from, draw, says } of layers()) {
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
    row.dataset.from = from ?? 0;
    row.append(box, swatch(34, 18, draw), element("span", words, "what"),
      element("span", says ?? count.toLocaleString("en"), "count"));
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
  const looks = [["class", "class"]];
  if (EDGES.some((edge) => edge.passing)) looks.push(["passing", "where robots pass"]);
  if (EDGES.length) looks.push(["time", "travel time"]);
  const rows = looks.map(([name, words]) => {
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
    for (const [name, words] of Object.entries(PASSING_WORDS)) {
      if (EDGES.some((edge) => passingColour(edge) === name)) chip(name, words);
    }
  } else if (look === "time" && reach) {
    const speed = MAP.site.speed_mm_s / 1000;
    head.append("From ", element("b", titleOf(reach.thing)), `, at most ${speed} m/s. `,
      "Touch another place to start there.");
    for (let band = 0; band < reach.used; band += 1) chip(`t${band}`, bandWords(band));
    if (reach.unreached.length) chip("plain", "no way there");
  }
  const list = element("ul");
  list.append(...rows);
  place.replaceChildren(...[head, list].filter((part) => part.childNodes.length));
}

function bandWords(band) {
  const to = (band + 1) * reach.stepS;
  return to >= 60 && reach.stepS >= 30 ? `${to / 60} min` : `${to} s`;
}

function drawFindings(go) {
  const section = document.getElementById("findings");
  section.hidden = !FINDINGS.length;
  const count = (level) => {
    const found = FINDINGS.filter((one) => one.level === level).length;
    return found ? [`${found} ${level}${found === 1 ? "" : "s"}`] : [];
  };
  const counts = [...count("error"), ...count("warning")];
  if (MAP.findings_left_out) counts.push(`${MAP.findings_left_out.toLocaleString("en")} not shown`);
  section.querySelector("summary").textContent = counts.join(", ");
  const rows = FINDINGS.map((found) => {
    const row = element("li");
    const button = element("button", found.what, found.level);
    button.type = "button";
    button.prepend(element("small", `${found.id || "the map"} · line ${found.line}`));
    button.addEventListener("click", () => go(found));
    row.append(button);
    return row;
  });
  if (MAP.findings_left_out) {
    const about = "Shown are all errors and the first warnings of each kind, the gravest first. "
      + "All are told by: dispatcher map check --json";
    rows.unshift(element("li", about));
  }
  section.querySelector("ol").replaceChildren(...rows);
}
