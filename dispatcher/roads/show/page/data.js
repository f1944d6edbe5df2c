// SPDX-License-Identifier: Apache-2.0
// The map's data unpacked: facts by column, lines as metres east and north of the site's origin.

const MAP = JSON.parse(document.getElementById("map-data").textContent);
const CM = 0.01;

// One fact of one thing; undefined where the file says nothing.
function factOf(facts, name, row) {
  const column = Object.hasOwn(facts, name) ? facts[name] : undefined;
  if (column === undefined) return undefined;
  if (Array.isArray(column)) return column[row] ?? undefined;
  return column.at[row] < 0 ? undefined : column.of[column.at[row]];
}

function lineOf(steps) {
  const points = new Float64Array(steps.length);
  let x = 0;
  let y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    points[i] = x * CM;
    points[i + 1] = y * CM;
  }
  return points;
}

function boxOf(lines) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      box[0] = Math.min(box[0], line[i]);
      box[1] = Math.min(box[1], line[i + 1]);
      box[2] = Math.max(box[2], line[i]);
      box[3] = Math.max(box[3], line[i + 1]);
    }
  }
  return box;
}

function lengthOf(line) {
  let sum = 0;
  for (let i = 2; i < line.length; i += 2) {
    sum += Math.hypot(line[i] - line[i - 2], line[i + 1] - line[i - 1]);
  }
  return sum;
}

// Whatever a person can point at. `fact(name)` looks into the file's properties.
class Thing {
  constructor(kind, id, facts, row) {
    this.kind = kind;
    this.id = id;
    this.facts = facts;
    this.row = row;
    this.name = String(this.fact("name") ?? "");
    this.box = [0, 0, 0, 0];
    this.node = -1;
  }

  fact(name) {
    return factOf(this.facts, name, this.row);
  }

  get middle() {
    return [(this.box[0] + this.box[2]) / 2, (this.box[1] + this.box[3]) / 2];
  }
}

const EDGES = MAP.edges.ids.map((id, row) => {
  const edge = new Thing("edge", id, MAP.edges.facts, row);
  edge.parts = [];
  edge.roadClass = edge.fact("class");
  edge.oneway = edge.fact("oneway");
  edge.access = edge.fact("access");
  edge.widthM = Number(edge.fact("width_m")) || 0;
  edge.level = Number(edge.fact("level")) || 0;
  edge.island = Number(edge.fact("island")) || 0;
  edge.inclinePct = Number(edge.fact("incline_pct")) || 0;
  edge.passing = edge.fact("passing");
  edge.guessed = edge.fact("passing_from") === "guess";
  return edge;
});

const PARTS = MAP.parts.edge.map((row, i) => {
  const line = lineOf(MAP.parts.line[i]);
  const part = {
    edge: EDGES[row], line, box: boxOf([line]),
    from: MAP.parts.from[i], to: MAP.parts.to[i],
    thereMs: MAP.parts.there_ms[i], backMs: MAP.parts.back_ms[i],
  };
  part.edge.parts.push(part);
  return part;
});
for (const edge of EDGES) {
  if (edge.parts.length) edge.box = boxOf(edge.parts.map((part) => part.line));
}

const MARKS = {};
for (const [kind, table] of Object.entries(MAP.marks)) {
  MARKS[kind] = table.ids.map((id, row) => {
    const mark = new Thing(kind, id, table.facts, row);
    mark.x = table.x[row] * CM;
    mark.y = table.y[row] * CM;
    mark.box = [mark.x, mark.y, mark.x, mark.y];
    mark.node = table.node[row];
    mark.gate = kind === "node" ? String(mark.fact("gate") ?? "none") : "";
    mark.guessed = mark.fact("gate_from") === "guess";
    mark.proposed = mark.fact("may_wait") === "proposed";
    return mark;
  });
}

const SHAPES = {};
for (const [kind, table] of Object.entries(MAP.shapes)) {
  SHAPES[kind] = table.ids.map((id, row) => {
    const shape = new Thing(kind, id, table.facts, row);
    shape.rings = table.rings[row].map(lineOf);
    shape.box = boxOf(shape.rings);
    shape.use = String(shape.fact("use") ?? "");
    shape.zone = String(shape.fact("zone_kind") ?? "slow");
    shape.areaM2 = Math.abs(areaOf(shape.rings[0]));
    return shape;
  });
  // Small ones lie on large ones.
  SHAPES[kind].sort((a, b) => b.areaM2 - a.areaM2);
}

function areaOf(ring) {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    sum += ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
  }
  return sum / 2;
}

const ISLANDS = MAP.islands.map((found) => {
  const edges = EDGES.filter((edge) => edge.island === found.island);
  const box = boxOf(edges.flatMap((edge) => edge.parts.map((part) => part.line)));
  return { number: found.island, gapM: found.gap_mm / 1000, gap: lineOf(found.line), box, edges };
});

const TREES = MAP.trees.map(([x, y, radius]) => [x * CM, y * CM, radius * CM]);

const THINGS = [
  ...MARKS.station, ...MARKS.stop, ...MARKS.charger, ...MARKS.parking, ...SHAPES.building,
  ...SHAPES.zone, ...MARKS.node, ...MARKS.waiting, ...EDGES,
];
const BY_ID = new Map(THINGS.map((thing) => [thing.id, thing]));

const FINDINGS = MAP.findings.map((found) => {
  const thing = BY_ID.get(found.id);
  const [x, y] = found.x === undefined ? thing?.middle ?? [NaN, NaN] : [found.x * CM, found.y * CM];
  return { ...found, thing, x, y };
});

function latLonOf(x, y) {
  const [perLon, perLat] = MAP.site.cm_per_degree;
  return [MAP.site.lat + y / CM / perLat, MAP.site.lon + x / CM / perLon];
}

function shownLatLon(x, y) {
  return latLonOf(x, y).map((degrees) => degrees.toFixed(6)).join(", ");
}
