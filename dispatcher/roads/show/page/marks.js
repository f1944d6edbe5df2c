// SPDX-License-Identifier: Apache-2.0
// Small signs: places, waiting places, gates, faults. A sign has the same size at every zoom above
// the one where it appears, so that a whole campus at first sight is not a heap of signs.

const MARKS_FROM = { station: 0, stop: 0, charger: 0.35, parking: 0.35, waiting: 1.2, node: 0.7 };
const FINDINGS_FROM = { error: 0, warning: 1.2 };
const MARK_ORDER = ["node", "waiting", "parking", "charger", "stop", "station"];

const layerOf = (mark) => {
  if (mark.kind === "waiting") return mark.proposed ? "proposed" : "waiting";
  if (mark.kind === "node") return mark.gate === "none" ? "joint" : `gate-${mark.gate}`;
  return mark.kind;
};

function markRadius(kind) {
  const grown = Math.min(1, Math.max(0, (view.scale - 0.3) / 1.7));
  if (kind === "station") return 6.5 + 3 * grown;
  if (kind === "stop") return Math.min(2.3, 1.3 + 3 * view.scale) + 3.7 * grown;
  if (kind === "waiting") return 2 + 2 * grown;
  if (kind === "node") return 2.8 + 2 * grown;
  return 3.2 + 3.3 * grown;
}

function drawMarks(pen) {
  for (const kind of MARK_ORDER) {
    if (view.scale < MARKS_FROM[kind]) continue;
    const radius = markRadius(kind);
    for (const mark of MARKS[kind]) {
      if (!shown(layerOf(mark)) || !view.sees(mark.box)) continue;
      drawSign(pen, mark, view.right(mark.x), view.down(mark.y), radius);
    }
  }
  // Errors last, so that no warning hides one.
  for (const found of FINDINGS.toReversed()) {
    const { x, y, level } = found;
    if (!Number.isFinite(x) || view.scale < FINDINGS_FROM[level]) continue;
    if (!shown(`finding-${level}`) || !view.sees([x, y, x, y])) continue;
    drawFinding(pen, level, view.right(x), view.down(y), 1);
  }
}

function drawSign(pen, mark, x, y, r) {
  if (mark.kind === "node") {
    drawGate(pen, mark.gate, x, y, r);
    if (mark.guessed && shown("gate-guess")) drawGuess(pen, x, y, r);
  } else if (mark.kind === "waiting") {
    drawWaiting(pen, String(mark.fact("at") ?? ""), mark.proposed, x, y, r);
  } else PLACE_SIGNS[mark.kind](pen, x, y, r);
}

function plate(pen, x, y, r, name, round) {
  pen.beginPath();
  if (round) pen.arc(x, y, r, 0, 7);
  else pen.roundRect(x - r, y - r, 2 * r, 2 * r, r * 0.4);
  pen.fillStyle = colour(name);
  pen.fill();
  if (r > 2.6) {
    pen.strokeStyle = colour("halo");
    pen.lineWidth = 1.2;
    pen.stroke();
  }
}

function glyph(pen, x, y, r, points) {
  pen.beginPath();
  points.forEach(([px, py], i) => pen[i ? "lineTo" : "moveTo"](x + px * r, y + py * r));
  pen.closePath();
  pen.fillStyle = colour("halo");
  pen.fill();
}

const BOX = [[-0.55, -0.3], [0, -0.58], [0.55, -0.3], [0.55, 0.36], [0, 0.62], [-0.55, 0.36]];
const BOLT = [
  [0.16, -0.66], [-0.42, 0.14], [-0.04, 0.14], [-0.14, 0.66], [0.42, -0.16], [0.04, -0.16],
];

const PLACE_SIGNS = {
  station: (pen, x, y, r) => {
    plate(pen, x, y, r, "station", false);
    glyph(pen, x, y, r, BOX);
    pen.beginPath();
    pen.moveTo(x - 0.55 * r, y - 0.3 * r);
    pen.lineTo(x, y);
    pen.lineTo(x + 0.55 * r, y - 0.3 * r);
    pen.moveTo(x, y);
    pen.lineTo(x, y + 0.62 * r);
    pen.strokeStyle = colour("station");
    pen.lineWidth = Math.max(0.8, r * 0.13);
    pen.stroke();
  },
  stop: (pen, x, y, r) => {
    plate(pen, x, y, r, "stop", true);
    if (r > 4) {
      pen.beginPath();
      pen.arc(x, y, r * 0.34, 0, 7);
      pen.fillStyle = colour("halo");
      pen.fill();
    }
  },
  charger: (pen, x, y, r) => {
    plate(pen, x, y, r, "charger", true);
    if (r > 4) glyph(pen, x, y, r, BOLT);
  },
  parking: (pen, x, y, r) => {
    plate(pen, x, y, r, "parking", false);
    if (r <= 4) return;
    pen.beginPath();
    pen.moveTo(x - r * 0.26, y + r * 0.56);
    pen.lineTo(x - r * 0.26, y - r * 0.5);
    pen.lineTo(x + r * 0.05, y - r * 0.5);
    pen.arc(x + r * 0.05, y - r * 0.18, r * 0.32, -Math.PI / 2, Math.PI / 2);
    pen.lineTo(x - r * 0.26, y + r * 0.14);
    pen.strokeStyle = colour("halo");
    pen.lineWidth = Math.max(1, r * 0.24);
    pen.stroke();
  },
};

// Mouths point both ways, kerbs are square, corners are triangles; hollow: only proposed.
const WAITING_SHAPES = {
  mouth: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
  kerb: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  corner: [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]],
};

function drawWaiting(pen, at, proposed, x, y, r) {
  const points = Object.hasOwn(WAITING_SHAPES, at) ? WAITING_SHAPES[at] : WAITING_SHAPES.kerb;
  pen.beginPath();
  points.forEach(([px, py], i) => pen[i ? "lineTo" : "moveTo"](x + px * r, y + py * r));
  pen.closePath();
  pen.fillStyle = colour(proposed ? "halo" : "waiting");
  pen.strokeStyle = colour(proposed ? "waiting" : "halo");
  pen.lineWidth = proposed ? 1.5 : 1;
  pen.fill();
  pen.stroke();
}

function drawGate(pen, gate, x, y, r) {
  pen.strokeStyle = pen.fillStyle = colour("gate");
  pen.lineWidth = Math.max(1.4, r * 0.4);
  pen.lineCap = "butt";
  pen.beginPath();
  if (gate === "bollard") {
    pen.arc(x, y, r * 0.62, 0, 7);
    pen.fill();
    pen.strokeStyle = colour("halo");
    pen.lineWidth = 1;
    pen.stroke();
  } else if (gate === "crossing") {
    pen.fillStyle = colour("halo");
    pen.fillRect(x - r, y - r * 0.8, 2 * r, 1.6 * r);
    for (const shift of [-0.66, 0, 0.66]) {
      pen.moveTo(x + shift * r, y - r * 0.8);
      pen.lineTo(x + shift * r, y + r * 0.8);
    }
    pen.stroke();
  } else if (gate === "kerb") {
    pen.moveTo(x - r, y + r * 0.5);
    pen.lineTo(x, y + r * 0.5);
    pen.lineTo(x, y - r * 0.5);
    pen.lineTo(x + r, y - r * 0.5);
    pen.stroke();
  } else if (gate === "gate" || gate === "lift_gate") {
    pen.fillStyle = colour("halo");
    pen.fillRect(x - r * 1.2, y - r, 2.4 * r, 2 * r);
    pen.moveTo(x - r, y - r);
    pen.lineTo(x - r, y + r);
    pen.moveTo(x + r, y - r);
    pen.lineTo(x + r, y + r);
    pen.moveTo(x - r, gate === "gate" ? y : y + r * 0.3);
    pen.lineTo(x + r, gate === "gate" ? y : y - r * 0.7);
    pen.stroke();
  } else {
    pen.arc(x, y, r * 0.5, 0, 7);
    pen.stroke();
  }
  pen.lineCap = "round";
}

// A question mark at the shoulder of a gate.
function drawGuess(pen, x, y, r) {
  const size = Math.max(3.4, r * 0.95);
  pen.beginPath();
  pen.arc(x + r * 1.15, y - r * 1.05, size, 0, 7);
  pen.fillStyle = colour("charger");
  pen.fill();
  pen.strokeStyle = colour("halo");
  pen.lineWidth = 1;
  pen.stroke();
  pen.font = `700 ${Math.round(size * 1.7)}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = colour("halo");
  pen.fillText("?", x + r * 1.15, y - r * 1.02);
  pen.textBaseline = "alphabetic";
}

// A pin whose point stands at (x, y).
function drawFinding(pen, level, x, y, size) {
  pen.save();
  pen.translate(x, y);
  pen.scale(size, size);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.bezierCurveTo(-3, -6, -8, -9, -8, -15);
  pen.arc(0, -15, 8, Math.PI, 0);
  pen.bezierCurveTo(8, -9, 3, -6, 0, 0);
  pen.fillStyle = colour(level === "error" ? "closed" : "charger");
  pen.fill();
  pen.strokeStyle = colour("halo");
  pen.lineWidth = 1.2;
  pen.stroke();
  pen.beginPath();
  pen.moveTo(0, -19);
  pen.lineTo(0, -14);
  pen.moveTo(0, -11.4);
  pen.lineTo(0, -11);
  pen.lineWidth = 2;
  pen.stroke();
  pen.restore();
}
