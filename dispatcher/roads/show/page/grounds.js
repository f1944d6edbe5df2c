// SPDX-License-Identifier: Apache-2.0
// What lies under the roads: areas, buildings; and the zones over them.

const GROUND_COLOURS = new Set([
  "ground", "lawn", "meadow", "wood", "water", "garden", "pitch", "track", "court", "paving", "bay",
]);
const HOMES = new Set([
  "dorm", "residence", "residential", "apartments", "house", "dormitory", "flats", "nursery",
]);
const LEARNING = new Set([
  "teaching", "lecture", "library", "research", "university", "school", "college", "education",
  "office", "public",
]);
const EATING = new Set(["canteen", "restaurant", "cafe", "retail", "shop", "commercial", "food"]);

function buildingColour(use) {
  if (HOMES.has(use)) return "home";
  if (LEARNING.has(use)) return "learn";
  return EATING.has(use) ? "eat" : "building";
}

function traceRings(pen, rings) {
  for (const ring of rings) {
    pen.moveTo(view.right(ring[0]), view.down(ring[1]));
    for (let i = 2; i < ring.length; i += 2) {
      pen.lineTo(view.right(ring[i]), view.down(ring[i + 1]));
    }
    pen.closePath();
  }
}

function drawGrounds(pen) {
  for (const area of SHAPES.area) {
    if (!view.sees(area.box)) continue;
    pen.beginPath();
    traceRings(pen, area.rings);
    pen.fillStyle = colour(GROUND_COLOURS.has(area.use) ? area.use : "ground");
    pen.fill("evenodd");
  }
}

function drawTrees(pen) {
  pen.globalAlpha = 0.75;
  pen.fillStyle = colour("tree");
  pen.beginPath();
  for (const [x, y, radius] of TREES) {
    const px = radius * view.scale;
    if (px < 0.8 || !view.sees([x, y, x, y])) continue;
    pen.moveTo(view.right(x) + px, view.down(y));
    pen.arc(view.right(x), view.down(y), px, 0, 7);
  }
  pen.fill();
  pen.globalAlpha = 1;
}

function drawBuildings(pen) {
  const groups = new Map();
  for (const building of SHAPES.building) {
    if (!view.sees(building.box)) continue;
    const name = buildingColour(building.use);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(building);
  }
  for (const [name, buildings] of groups) {
    pen.fillStyle = colour(name);
    pen.strokeStyle = colour(`${name}-rim`);
    pen.lineWidth = view.scale > 0.8 ? 1 : 0.6;
    for (const building of buildings) {
      pen.beginPath();
      traceRings(pen, building.rings);
      pen.fill("evenodd");
      pen.stroke();
    }
  }
}

function drawZones(pen) {
  SHAPES.zone.forEach((zone, i) => {
    if (!shown(`zone-${zone.zone}`) || !view.sees(zone.box)) return;
    pen.beginPath();
    traceRings(pen, zone.rings);
    pen.globalAlpha = 0.5;
    pen.fillStyle = hatching(zone.zone, i % 2 === 0);
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    pen.strokeStyle = colour(zone.zone);
    pen.lineWidth = 1.5;
    pen.setLineDash([6, 4]);
    pen.stroke();
    pen.setLineDash([]);
  });
}
