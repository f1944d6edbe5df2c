// SPDX-License-Identifier: Apache-2.0
// Names on the map. What must hold: no two overlap, and the more important one is kept; which one
// that is depends on the map alone, so that labels do not flicker while the map moves.

const FONT = getComputedStyle(document.body).fontFamily;
const textWidths = new Map();
const MOST_LABELS = 260;
const MOST_LINES = 3;
const LEAST_ISLAND_PX = 14;
const ROAD_NAMES_FROM = 1.1;

function textWidth(pen, font, text) {
  const key = `${font}|${text}`;
  let found = textWidths.get(key);
  if (found === undefined) {
    pen.font = font;
    found = pen.measureText(text).width;
    textWidths.set(key, found);
  }
  return found;
}

// At most three lines of about this width and about as long as each other; scripts without spaces,
// and words that are too long, are cut anywhere.
function wrapped(pen, font, text, widest) {
  const whole = textWidth(pen, font, text);
  if (whole <= widest) return [text];
  const count = Math.min(MOST_LINES, Math.ceil(whole / widest));
  const words = text.split(" ");
  if (words.length === 1 || words.some((word) => textWidth(pen, font, word) > widest * 1.5)) {
    return cutEvenly([...text], count, Math.ceil(text.length * widest / whole));
  }
  const enough = Math.max(widest, whole / MOST_LINES);
  const lines = [""];
  for (const word of words) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && textWidth(pen, font, longer) > enough) {
      if (lines.length === MOST_LINES) {
        lines[MOST_LINES - 1] += "…";
        break;
      }
      lines.push(word);
    } else lines[lines.length - 1] = longer;
  }
  return lines;
}

function cutEvenly(signs, count, mostInLine) {
  const each = Math.min(Math.ceil(signs.length / count), mostInLine + 1);
  const lines = [];
  for (let i = 0; i < count; i += 1) lines.push(signs.slice(i * each, (i + 1) * each).join(""));
  if (each * count < signs.length) lines[count - 1] += "…";
  return lines.filter((line) => line);
}

class Taken {
  constructor() {
    this.cells = new Map();
  }

  // True where the box is free; it is taken from then on.
  take(left, top, right, bottom) {
    const near = [];
    for (let column = Math.floor(left / 80); column <= Math.floor(right / 80); column += 1) {
      for (let row = Math.floor(top / 40); row <= Math.floor(bottom / 40); row += 1) {
        near.push(`${column}|${row}`);
      }
    }
    const box = [left, top, right, bottom];
    const hit = (other) => other[0] < right && other[2] > left
      && other[1] < bottom && other[3] > top;
    if (near.some((key) => this.cells.get(key)?.some(hit))) return false;
    for (const key of near) {
      if (!this.cells.has(key)) this.cells.set(key, []);
      this.cells.get(key).push(box);
    }
    return true;
  }
}

function drawLabels(pen) {
  const taken = new Taken();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const kind of ["station", "charger", "parking", "stop"]) {
    if (!shown(kind) || view.scale < MARKS_FROM[kind]) continue;
    const r = markRadius(kind) - 1;
    for (const mark of MARKS[kind]) {
      const [x, y] = [view.right(mark.x), view.down(mark.y)];
      if (kind === "station" || view.scale > 1) taken.take(x - r, y - r, x + r, y + r);
    }
  }
  if (shown("islands")) drawIslandLabels(pen, taken);
  if (!shown("labels")) return;
  const left = { count: MOST_LABELS };
  for (const mark of MARKS.station) labelMark(pen, taken, left, mark, 12.5, 650, "ink");
  labelBuildings(pen, taken, left);
  if (view.scale >= ROAD_NAMES_FROM) labelRoads(pen, taken, left);
  if (view.scale >= 2.2) {
    for (const kind of ["charger", "parking", "stop", "node"]) {
      for (const mark of MARKS[kind]) {
        if (!namedByBuilding(mark) && shown(layerOf(mark))) {
          labelMark(pen, taken, left, mark, 11, 500, kind === "node" ? "gate" : kind);
        }
      }
    }
  }
}

// A stop with its building's name would say it twice.
function namedByBuilding(mark) {
  const building = BY_ID.get(String(mark.fact("building") ?? ""));
  return shown("buildings") && building !== undefined && building.name === mark.name;
}

function labelMark(pen, taken, left, mark, size, weight, ink) {
  if (!mark.name || left.count <= 0 || !view.sees(mark.box, 0) || !shown(layerOf(mark))) return;
  const font = `${weight} ${size}px ${FONT}`;
  const lines = wrapped(pen, font, mark.name, 130);
  const r = markRadius(mark.kind) + 4;
  const across = r + Math.max(...lines.map((line) => textWidth(pen, font, line))) / 2;
  const along = r + lines.length * size * 0.6;
  const [x, y] = [view.right(mark.x), view.down(mark.y)];
  const found = [[0, along], [0, -along], [across, 0], [-across, 0]].some(
    ([dx, dy]) => put(pen, taken, left, lines, font, size, x + dx, y + dy, ink),
  );
  // A station's name is said in any case, be it over the signs of its chargers.
  if (!found && mark.kind === "station") {
    put(pen, new Taken(), left, lines, font, size, x, y + along, ink);
  }
}

function labelBuildings(pen, taken, left) {
  if (!shown("buildings")) return;
  for (const building of SHAPES.building) {
    if (left.count <= 0) return;
    if (!building.name || !view.sees(building.box, 0)) continue;
    const across = (building.box[2] - building.box[0]) * view.scale;
    const along = (building.box[3] - building.box[1]) * view.scale;
    const size = Math.min(13, Math.max(10.5, 9.2 + Math.sqrt(across * along) / 42));
    const font = `500 ${Math.round(size * 2) / 2}px ${FONT}`;
    const lines = wrapped(pen, font, building.name, Math.max(74, across * 0.95));
    const widest = Math.max(...lines.map((line) => textWidth(pen, font, line)));
    // Far out, a name must about fit its building; near by, any name has room.
    const room = view.scale > 2.4 ? Infinity : 1.15 + 0.45 * view.scale;
    const high = lines.length * size;
    if (widest > across * room || high > Math.max(along, 12) * (room + 0.3)) continue;
    const [x, y] = inside(building);
    put(pen, taken, left, lines, font, size, view.right(x), view.down(y), "ink");
  }
}

// The middle of the outline's mass, else (in a bend) of its box.
function inside(building) {
  if (building.heart) return building.heart;
  const ring = building.rings[0];
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const cross = (ring[j] - ring[0]) * (ring[i + 1] - ring[1])
      - (ring[i] - ring[0]) * (ring[j + 1] - ring[1]);
    sum += cross;
    x += (ring[j] + ring[i] - 2 * ring[0]) * cross;
    y += (ring[j + 1] + ring[i + 1] - 2 * ring[1]) * cross;
  }
  building.heart = sum
    ? [ring[0] + x / sum / 3, ring[1] + y / sum / 3]
    : building.middle;
  return building.heart;
}

// Draws a name where there is room for it; tells whether there was.
function put(pen, taken, left, lines, font, size, x, y, ink) {
  const widest = Math.max(...lines.map((line) => textWidth(pen, font, line)));
  const height = lines.length * size * 1.14;
  if (x < 0 || x > view.width || y < 0 || y > view.height) return false;
  const [halfX, halfY] = [widest / 2 + 3, height / 2 + 1];
  if (!taken.take(x - halfX, y - halfY, x + halfX, y + halfY)) return false;
  left.count -= 1;
  pen.font = font;
  pen.strokeStyle = colour("halo");
  pen.fillStyle = colour(ink);
  pen.lineWidth = 2.6;
  lines.forEach((line, i) => {
    const at = y - height / 2 + (i + 0.5) * size * 1.14;
    pen.globalAlpha = 0.8;
    pen.strokeText(line, x, at);
    pen.globalAlpha = 1;
    pen.fillText(line, x, at);
  });
  return true;
}

// Along the longest straight stretch of each named way, once every few hundred pixels.
function labelRoads(pen, taken, left) {
  const size = 11;
  const font = `italic 500 ${size}px ${FONT}`;
  const named = new Map();
  for (const part of PARTS) {
    const { name } = part.edge;
    if (!name || left.count <= 0 || !view.sees(part.box, 0) || !edgeShown(part.edge)) continue;
    const width = textWidth(pen, font, name);
    const stretch = longestStretch(part.line);
    if (stretch.length * view.scale < width + 12) continue;
    const [x, y] = [view.right(stretch.x), view.down(stretch.y)];
    const others = named.get(name) ?? [];
    if (others.some(([ox, oy]) => Math.hypot(ox - x, oy - y) < 260)) continue;
    const halfX = (Math.abs(Math.cos(stretch.angle)) * width + 10) / 2;
    const halfY = (Math.abs(Math.sin(stretch.angle)) * width + 13) / 2;
    if (!taken.take(x - halfX, y - halfY, x + halfX, y + halfY)) continue;
    named.set(name, [...others, [x, y]]);
    left.count -= 1;
    pen.save();
    pen.translate(x, y);
    pen.rotate(-stretch.angle);
    pen.font = font;
    pen.strokeStyle = colour("halo");
    pen.lineWidth = 3;
    pen.strokeText(name, 0, 0);
    pen.fillStyle = colour("soft");
    pen.fillText(name, 0, 0);
    pen.restore();
  }
}

function longestStretch(line) {
  const best = { length: 0, x: 0, y: 0, angle: 0 };
  for (let i = 2; i < line.length; i += 2) {
    const [dx, dy] = [line[i] - line[i - 2], line[i + 1] - line[i - 1]];
    const length = Math.hypot(dx, dy);
    if (length <= best.length) continue;
    best.length = length;
    best.x = line[i - 2] + dx / 2;
    best.y = line[i - 1] + dy / 2;
    // Never upside down.
    best.angle = Math.atan(dy / (dx || 1e-9));
  }
  return best;
}

function drawIslandLabels(pen, taken) {
  const font = `600 11px ${FONT}`;
  for (const island of ISLANDS) {
    const far = Math.max(island.box[2] - island.box[0], island.box[3] - island.box[1]);
    // Of many small ones at first sight the glow is enough.
    if (far * view.scale < LEAST_ISLAND_PX || !view.sees(island.box, 0)) continue;
    const gap = island.gapM >= 0 ? ` · gap ${shownMetres(island.gapM)}` : "";
    const text = view.scale > 0.9 ? `island ${island.number}${gap}` : String(island.number);
    const half = textWidth(pen, font, text) / 2 + 5;
    const x = view.right((island.box[0] + island.box[2]) / 2);
    const y = view.down(island.box[3]) - 12;
    if (!taken.take(x - half, y - 9, x + half, y + 9)) continue;
    pen.beginPath();
    pen.roundRect(x - half, y - 8, 2 * half, 16, 8);
    pen.fillStyle = colour("island");
    pen.fill();
    pen.font = font;
    pen.fillStyle = colour("halo");
    pen.fillText(text, x, y + 0.5);
  }
}
