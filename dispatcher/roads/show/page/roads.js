// SPDX-License-Identifier: Apache-2.0
// The roads: casings first and fillings over them, level by level, so that joints look like joints.

const USUAL_WIDTH_M = { road: 5.5, shared: 3.5, path: 2, crossing: 2.5, indoor: 2 };
const LEAST_PX = { road: 2.6, shared: 1.7, path: 1, crossing: 1, indoor: 1 };
const CLASS_ORDER = ["indoor", "path", "shared", "road", "crossing"];
const STEEP_PCT = 6;
const STEEP_FROM = 0.25;
const ARROWS_FROM = 0.9;
const ARROW_EVERY_PX = 120;

function widthPx(edge) {
  const metres = edge.widthM || USUAL_WIDTH_M[edge.roadClass];
  const least = LEAST_PX[edge.roadClass] * Math.min(1, 0.55 + view.scale);
  return Math.max(least, Math.round(metres * view.scale * 2) / 2);
}

function traceLine(pen, line) {
  let x = view.right(line[0]);
  let y = view.down(line[1]);
  pen.moveTo(x, y);
  const last = line.length - 2;
  for (let i = 2; i <= last; i += 2) {
    const px = view.right(line[i]);
    const py = view.down(line[i + 1]);
    if (i < last && Math.abs(px - x) < 0.8 && Math.abs(py - y) < 0.8) continue;
    pen.lineTo(px, py);
    x = px;
    y = py;
  }
}

function strokeAll(pen, parts, width, style, dash = []) {
  pen.beginPath();
  for (const part of parts) traceLine(pen, part.line);
  pen.strokeStyle = style;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

const edgeShown = (edge) => shown(`class-${edge.roadClass}`)
  && (edge.access === "open" || shown(edge.access)) && (!edge.island || shown("islands"));

let partsSeen = 0;

// Parts that look alike, in drawing order: lower levels first, then minor classes.
function roadGroups() {
  const groups = new Map();
  partsSeen = 0;
  for (const part of PARTS) {
    const edge = part.edge;
    if (!view.sees(part.box) || !edgeShown(edge)) continue;
    partsSeen += 1;
    const width = widthPx(edge);
    const key = `${edge.level}|${edge.roadClass}|${width}|${edge.access === "closed"}`;
    let group = groups.get(key);
    if (!group) {
      group = { level: edge.level, roadClass: edge.roadClass, width, parts: [],
        closed: edge.access === "closed" };
      groups.set(key, group);
    }
    group.parts.push(part);
  }
  return [...groups.values()].sort((a, b) => a.level - b.level
    || CLASS_ORDER.indexOf(a.roadClass) - CLASS_ORDER.indexOf(b.roadClass) || a.width - b.width);
}

// A path is a single line until there is room for two.
const thin = (group) => group.roadClass !== "road" && group.roadClass !== "shared"
  && group.width < 4;

function drawRoads(pen) {
  pen.lineJoin = "round";
  pen.lineCap = "round";
  const groups = roadGroups();
  drawIslands(pen, groups);
  for (const level of [...new Set(groups.map((group) => group.level))]) {
    const here = groups.filter((group) => group.level === level);
    pen.globalAlpha = level < 0 ? 0.6 : 1;
    pen.lineCap = level > 0 ? "butt" : "round";
    for (const group of here) drawCasing(pen, group);
    pen.lineCap = "round";
    for (const group of here) drawFilling(pen, group);
  }
  pen.globalAlpha = 1;
  drawRules(pen, groups);
}

function drawCasing(pen, group) {
  if (group.closed || (thin(group) && (group.level <= 0 || group.width < 1.5))) return;
  const rim = group.roadClass === "road" || group.roadClass === "shared"
    ? `${group.roadClass}-rim` : group.roadClass === "crossing" ? "road-rim" : group.roadClass;
  const bridge = group.level > 0 && group.width > 3;
  const beyond = bridge ? Math.min(3, group.width * 0.45) : Math.min(2, 0.9 + group.width * 0.12);
  strokeAll(pen, group.parts, group.width + beyond, colour(bridge ? "bridge" : rim),
    group.level < 0 ? [5, 4] : []);
}

function drawFilling(pen, group) {
  if (group.closed) {
    strokeAll(pen, group.parts, Math.min(group.width, 2), colour("closed"), [2, 5]);
    return;
  }
  const dash = group.level < 0 && thin(group) ? [5, 4] : [];
  if (look === "class") {
    const one = thin(group) || group.roadClass === "crossing" || group.roadClass === "indoor";
    const filling = group.roadClass === "path" && !one ? "path-fill" : group.roadClass;
    const striped = group.roadClass === "crossing" && group.width > 3;
    pen.lineCap = striped ? "butt" : "round";
    if (striped) strokeAll(pen, group.parts, group.width, colour("road"));
    strokeAll(pen, group.parts, group.width, colour(filling), striped ? [3, 4] : dash);
    pen.lineCap = "round";
    return;
  }
  const width = Math.max(group.width, 1.6);
  if (look === "passing") {
    for (const [name, parts] of byPassing(group.parts)) {
      strokeAll(pen, parts, width, colour(name), dash);
    }
  } else strokeAll(pen, group.parts, Math.max(group.width, 1), colour("plain"), dash);
}

function passingColour(edge) {
  if (edge.passing !== "wide" && edge.passing !== "narrow") return "plain";
  return edge.guessed ? `${edge.passing}-guess` : edge.passing;
}

function byPassing(parts) {
  const found = new Map();
  for (const part of parts) {
    const name = passingColour(part.edge);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(part);
  }
  return found;
}

function drawReach(pen, reach) {
  pen.lineCap = "round";
  for (let band = reach.used - 1; band >= 0; band -= 1) {
    const groups = new Map();
    for (const piece of reach.bands[band]) {
      if (!view.sees(piece.box) || !edgeShown(piece.edge)) continue;
      const width = Math.max(1.8, widthPx(piece.edge));
      if (!groups.has(width)) groups.set(width, []);
      groups.get(width).push(piece);
    }
    for (const [width, pieces] of groups) strokeAll(pen, pieces, width, colour(`t${band}`));
  }
}

function drawIslands(pen, groups) {
  if (!ISLANDS.length || !shown("islands")) return;
  pen.globalAlpha = 0.34;
  const glow = 3.5 + 4 * Math.min(1, view.scale);
  for (const group of groups) {
    const parts = group.parts.filter((part) => part.edge.island);
    if (parts.length) strokeAll(pen, parts, group.width + glow, colour("island"));
  }
  pen.globalAlpha = 1;
  const gaps = ISLANDS.filter((island) => island.gapM > 0 && island.gapM * view.scale > 4);
  strokeAll(pen, gaps.map((island) => ({ line: island.gap })), 1.6, colour("island"), [1, 4]);
}

// What the law of the way is: staff only, steep, one way.
function drawRules(pen, groups) {
  for (const group of groups) {
    const staff = group.parts.filter((part) => part.edge.access === "staff");
    if (staff.length) {
      strokeAll(pen, staff, Math.max(1.2, group.width * 0.35), colour("staff"), [5, 5]);
    }
    for (const part of group.parts) {
      if (part.edge.access === "closed") continue;
      const steep = Math.abs(part.edge.inclinePct) >= STEEP_PCT;
      if (steep && shown("steep") && view.scale > STEEP_FROM) {
        eachAlong(part.line, 34, 10, (x, y, angle) => {
          chevron(pen, x, y, part.edge.inclinePct > 0 ? angle : angle + Math.PI, "steep", 3.4);
        });
      }
      if (part.edge.oneway !== "no" && shown("oneway") && view.scale >= ARROWS_FROM) {
        const size = Math.min(6.5, Math.max(3.2, group.width * 0.45));
        eachAlong(part.line, ARROW_EVERY_PX, 22, (x, y, angle) => {
          const turn = part.edge.oneway === "forward" ? angle : angle + Math.PI;
          arrow(pen, x, y, turn, size);
        });
      }
    }
  }
}

// Calls `draw(x, y, angle on screen)` at even steps along a line, none where it is too short.
function eachAlong(line, everyPx, leastPx, draw) {
  const whole = lengthOf(line) * view.scale;
  if (whole < leastPx) return;
  const count = Math.max(1, Math.round(whole / everyPx));
  let next = whole / count / 2;
  let behind = 0;
  for (let i = 2; i < line.length; i += 2) {
    const [x, y] = [view.right(line[i - 2]), view.down(line[i - 1])];
    const [dx, dy] = [view.right(line[i]) - x, view.down(line[i + 1]) - y];
    const length = Math.hypot(dx, dy);
    while (length && next <= behind + length) {
      const share = (next - behind) / length;
      draw(x + dx * share, y + dy * share, Math.atan2(dy, dx));
      next += whole / count;
    }
    behind += length;
  }
}

function arrow(pen, x, y, angle, size) {
  const [c, s] = [Math.cos(angle) * size, Math.sin(angle) * size];
  pen.beginPath();
  pen.moveTo(x - c, y - s);
  pen.lineTo(x + c, y + s);
  pen.moveTo(x + c * 0.15 - s * 0.6, y + s * 0.15 + c * 0.6);
  pen.lineTo(x + c, y + s);
  pen.lineTo(x + c * 0.15 + s * 0.6, y + s * 0.15 - c * 0.6);
  pen.strokeStyle = colour("arrow");
  pen.lineWidth = 1.3;
  pen.stroke();
}

function chevron(pen, x, y, angle, name, size) {
  const [c, s] = [Math.cos(angle) * size, Math.sin(angle) * size];
  pen.beginPath();
  pen.moveTo(x + c, y + s);
  pen.lineTo(x - c * 0.6 - s * 0.8, y - s * 0.6 + c * 0.8);
  pen.lineTo(x - c * 0.6 + s * 0.8, y - s * 0.6 - c * 0.8);
  pen.closePath();
  pen.fillStyle = colour(name);
  pen.fill();
}
