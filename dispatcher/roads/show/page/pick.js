// SPDX-License-Identifier: Apache-2.0
// What lies under the pointer: signs before roads, roads before zones and buildings.

const PICK_PX = 9;

function pick(px, py) {
  const [x, y] = [view.east(px), view.north(py)];
  const reach = PICK_PX / view.scale;
  return pickMark(px, py) ?? pickEdge(x, y, reach) ?? pickShape(x, y);
}

function pickMark(px, py) {
  let best;
  let least = PICK_PX + 3;
  for (const kind of MARK_ORDER) {
    if (view.scale < MARKS_FROM[kind]) continue;
    for (const mark of MARKS[kind]) {
      const far = Math.hypot(view.right(mark.x) - px, view.down(mark.y) - py);
      if (far <= least && shown(layerOf(mark))) {
        best = mark;
        least = far;
      }
    }
  }
  return best;
}

function pickEdge(x, y, reach) {
  let best;
  let least = Infinity;
  for (const part of PARTS) {
    const wide = reach / 2 + widthPx(part.edge) / view.scale / 2;
    if (x < part.box[0] - wide || x > part.box[2] + wide || y < part.box[1] - wide
      || y > part.box[3] + wide || !edgeShown(part.edge)) continue;
    const far = distanceTo(part.line, x, y);
    if (far <= wide && far < least) {
      best = part.edge;
      least = far;
    }
  }
  return best;
}

function distanceTo(line, x, y) {
  let least = Infinity;
  for (let i = 2; i < line.length; i += 2) {
    const [dx, dy] = [line[i] - line[i - 2], line[i + 1] - line[i - 1]];
    const [ax, ay] = [x - line[i - 2], y - line[i - 1]];
    const share = Math.min(1, Math.max(0, (ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(ax - share * dx, ay - share * dy));
  }
  return least;
}

function pickShape(x, y) {
  const hit = (shape) => x >= shape.box[0] && x <= shape.box[2] && y >= shape.box[1]
    && y <= shape.box[3] && within(shape.rings, x, y);
  return (shown("buildings") ? SHAPES.building.findLast(hit) : undefined)
    ?? SHAPES.zone.findLast((zone) => shown(`zone-${zone.zone}`) && hit(zone));
}

function within(rings, x, y) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if ((ring[i + 1] > y) !== (ring[j + 1] > y)
        && x < (ring[j] - ring[i]) * (y - ring[i + 1]) / (ring[j + 1] - ring[i + 1]) + ring[i]) {
        odd = !odd;
      }
    }
  }
  return odd;
}
