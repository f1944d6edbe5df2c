// SPDX-License-Identifier: Apache-2.0
// Puts the page together: draws when something changed, and ties hands and keys to what they do.

const SLOW_MS = 30;
const REST_MS = 130;
const over = document.getElementById("over");
const pen = canvas.getContext("2d", { alpha: false });
const overPen = over.getContext("2d");
const still = document.createElement("canvas");

let reach;
let pinned;
let hovered;
let drawn = { x: 0, y: 0, scale: 1, slow: false };
// What drawing costs is seen in the time until the next frame: a browser paints after the script.
let pace = { frameMs: 0, whole: false, perPartMs: 0 };
let asked = 0;
let resting = 0;

function setLook(name, from) {
  look = name;
  reach = name === "time" ? reachFrom(from ?? reach?.thing ?? firstPlace()) : undefined;
  for (const radio of document.querySelectorAll("#looks input")) {
    radio.checked = radio.value === name;
  }
  drawScaleOfLook();
  redraw();
  if (pinned) pin(pinned.thing, pinned.at);
}

const firstPlace = () => MARKS.station[0] ?? MARKS.stop[0]
  ?? { node: 0, id: MAP.nodes[0], name: "" };

function size(target) {
  const ratio = Math.min(devicePixelRatio || 1, 3);
  const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
  if (target.width !== width || target.height !== height) {
    target.width = width;
    target.height = height;
  }
  return ratio;
}

function drawAll() {
  const began = performance.now();
  const ratio = size(canvas);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colour("land");
  pen.fillRect(0, 0, view.width, view.height);
  if (shown("grounds")) drawGrounds(pen);
  if (shown("buildings")) drawBuildings(pen);
  drawRoads(pen);
  if (look === "time" && reach) drawReach(pen, reach);
  if (shown("grounds")) drawTrees(pen);
  drawZones(pen);
  drawMarks(pen);
  drawLabels(pen);
  const ms = Math.max(performance.now() - began, pace.perPartMs * partsSeen);
  drawn = { x: view.x, y: view.y, scale: view.scale, slow: ms > SLOW_MS };
  if (drawn.slow) keepPicture();
}

function keepPicture() {
  still.width = canvas.width;
  still.height = canvas.height;
  still.getContext("2d").drawImage(canvas, 0, 0);
}

function notePace(now) {
  const gapMs = now - pace.frameMs;
  if (pace.whole && gapMs > SLOW_MS && gapMs < 600 && drawn.scale) {
    pace.perPartMs = gapMs / Math.max(partsSeen, 1);
    if (!drawn.slow) keepPicture();
    drawn.slow = true;
  }
  pace.frameMs = now;
}

// A large map in motion: the last picture moved and scaled, and a sharp one as soon as it rests.
function drawStill() {
  const factor = view.scale / drawn.scale;
  const ratio = still.width / view.width;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = colour("land");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const left = view.width / 2 * (1 - factor) + (drawn.x - view.x) * view.scale;
  const top = view.height / 2 * (1 - factor) - (drawn.y - view.y) * view.scale;
  pen.drawImage(still, left * ratio, top * ratio, still.width * factor, still.height * factor);
  clearTimeout(resting);
  resting = setTimeout(redraw, REST_MS);
}

function redraw() {
  drawn.scale = 0;
  ask();
}

function ask() {
  if (asked) return;
  asked = requestAnimationFrame((now) => {
    asked = 0;
    notePace(now);
    const quick = drawn.scale && drawn.slow && still.width === canvas.width
      && still.height === canvas.height;
    if (quick) drawStill();
    else drawAll();
    pace.whole = !quick;
    drawOver();
    drawFrame();
  });
}

// What is pointed at, over the map, so that hovering never draws the map anew.
function drawOver() {
  const ratio = size(over);
  overPen.setTransform(ratio, 0, 0, ratio, 0, 0);
  overPen.clearRect(0, 0, view.width, view.height);
  overPen.lineJoin = overPen.lineCap = "round";
  if (pinned) outline(pinned.thing, 1, pinned.at);
  if (hovered && hovered !== pinned?.thing) outline(hovered, 0.55);
  if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
    const [x, y] = [Math.round(view.width / 2), Math.round(view.height / 2)];
    overPen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      overPen.moveTo(x + dx * 4, y + dy * 4);
      overPen.lineTo(x + dx * 11, y + dy * 11);
    }
    overPen.strokeStyle = colour("ink");
    overPen.lineWidth = 1.5;
    overPen.stroke();
  }
}

function outline(thing, strength, at) {
  overPen.globalAlpha = strength;
  overPen.strokeStyle = colour("accent");
  overPen.lineWidth = 2.5;
  overPen.beginPath();
  if (thing.kind === "edge") {
    for (const part of thing.parts) traceLine(overPen, part.line);
    overPen.globalAlpha = strength * 0.55;
    overPen.lineWidth = Math.max(5, widthPx(thing) + 4);
  } else if (thing.rings) traceRings(overPen, thing.rings);
  else overPen.arc(view.right(thing.x), view.down(thing.y), markRadius(thing.kind) + 4, 0, 7);
  overPen.stroke();
  overPen.globalAlpha = 1;
  if (at && thing.kind === "edge") {
    overPen.beginPath();
    overPen.arc(view.right(at[0]), view.down(at[1]), 4, 0, 7);
    overPen.fillStyle = colour("accent");
    overPen.fill();
  }
}

function drawFrame() {
  const wanted = 110 / view.scale;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].find((step) => step * power <= wanted) * power;
  const bar = document.getElementById("bar");
  bar.firstElementChild.style.width = `${length * view.scale}px`;
  bar.lastElementChild.textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
  fadeLegend();
}

function pin(thing, at = thing?.middle) {
  pinned = thing && { thing, at };
  showTip(undefined);
  const actions = thing && [
    ["Copy id", (button) => copy(thing.id, button)],
    ["Copy lat, lon", (button) => copy(shownLatLon(...at), button)],
    ["Zoom here", () => flyTo(placeFor(thing.box, 6))],
  ];
  if (thing?.node >= 0) actions.push(["Travel times from here", () => setLook("time", thing)]);
  showCard(thing, at, actions);
  drawOver();
}

function go(thing) {
  // The card comes first: on a phone it covers what would be the middle.
  pin(thing);
  flyTo(placeFor(thing.box, Math.max(view.scale, 3)));
}

function goToFinding(found) {
  if (found.thing) pin(found.thing, [found.x, found.y]);
  if (Number.isFinite(found.x)) {
    flyTo(placeFor([found.x, found.y, found.x, found.y], Math.max(view.scale, 3)));
  }
}

function hover(px, py) {
  const thing = px < 0 ? undefined : pick(px, py);
  const where = px < 0 ? "" : shownLatLon(view.east(px), view.north(py));
  document.getElementById("where").textContent = where;
  canvas.classList.toggle("over", Boolean(thing));
  showTip(thing, px, py);
  if (thing !== hovered) {
    hovered = thing;
    drawOver();
  }
}

function tap(px, py) {
  const thing = pick(px, py);
  const at = thing?.kind === "edge" ? [view.east(px), view.north(py)] : thing?.middle;
  pin(thing, at);
  if (look === "time" && thing?.node >= 0) setLook("time", thing);
}

function drawHead() {
  const { site } = MAP;
  const says = (name) => String(site.facts[name] ?? "");
  document.getElementById("name").textContent = site.name;
  const about = document.getElementById("about");
  const words = [];
  if (says("revision")) words.push(`revision ${says("revision")}`);
  if (says("source_date")) words.push(`of ${says("source_date")}`);
  words.push(km(EDGES));
  if (site.facts.left_hand === true) words.push("left-hand traffic");
  const digest = element("code", `map ${site.digest.slice(0, 12)}`);
  about.replaceChildren(`${words.join(" · ")} · `, digest);
  about.title = `map ${site.digest}`;
  const credit = [says("attribution"), says("licence")].filter(Boolean).join(" · ");
  document.getElementById("short-credit").textContent = credit;
  const lines = [says("attribution"), says("licence") && `Licence of the map: ${says("licence")}`,
    says("source") && `Source: ${says("source")}`, `Time zone ${says("timezone") || "UTC"}`];
  const said = lines.filter(Boolean).map((line) => element("p", line));
  document.getElementById("credit").replaceChildren(...said);
}

function start() {
  drawHead();
  drawLooks((name) => setLook(name));
  drawLegend(redraw);
  drawFindings(goToFinding);
  listenToSearch(go);
  listen(tap, hover);
  whenMoved = ask;
  whenThemeTurns(() => {
    drawLegend(redraw);
    drawScaleOfLook();
    redraw();
  });
  canvas.setAttribute("aria-label", `Map of ${MAP.site.name}`);
  canvas.addEventListener("focus", drawOver);
  canvas.addEventListener("blur", drawOver);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pin(undefined);
  });
  const more = document.getElementById("more");
  more.addEventListener("click", () => {
    const open = document.getElementById("side").classList.toggle("open");
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "Map" : "Legend";
  });
  new ResizeObserver(() => {
    resize();
    redraw();
  }).observe(canvas);
  resize();
  // A link may end in #id of what it is about.
  const wanted = BY_ID.get(decodeURIComponentSafely(location.hash.slice(1)));
  if (wanted) {
    pin(wanted);
    moveTo(placeFor(wanted.box, 3));
  }
}

function decodeURIComponentSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

start();
