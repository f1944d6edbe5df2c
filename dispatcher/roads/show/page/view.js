// SPDX-License-Identifier: Apache-2.0
// What part of the map is seen, and how wheel, hand and keys move it. North is always up.

const canvas = document.getElementById("map");
const MAX_SCALE = 60;
const TAP_PX = 6;
const FLY_MS = 420;

const view = {
  x: 0, y: 0, scale: 1, width: 1, height: 1, least: 0.01,
  right: (wx) => (wx - view.x) * view.scale + view.width / 2,
  down: (wy) => view.height / 2 - (wy - view.y) * view.scale,
  east: (px) => (px - view.width / 2) / view.scale + view.x,
  north: (py) => (view.height / 2 - py) / view.scale + view.y,
  sees: (box, marginPx = 40) => {
    const margin = marginPx / view.scale;
    const halfX = view.width / 2 / view.scale + margin;
    const halfY = view.height / 2 / view.scale + margin;
    return box[0] <= view.x + halfX && box[2] >= view.x - halfX
      && box[1] <= view.y + halfY && box[3] >= view.y - halfY;
  },
};

let whenMoved = () => {};
// Whether nobody has moved the map: then a window that changes its size still shows all of it.
let untouched = true;
let flight = 0;

// The map's own box: what is drawn for robots, and the buildings; grounds may stick out.
const WHOLE = boxOf([
  ...PARTS.map((part) => part.line),
  ...Object.values(MARKS).flatMap((marks) => marks.map((mark) => [mark.x, mark.y])),
  ...[...SHAPES.zone, ...SHAPES.building].flatMap((shape) => shape.rings),
]);
if (!Number.isFinite(WHOLE[0])) WHOLE.splice(0, 4, -100, -100, 100, 100);

function placeFor(box, most = MAX_SCALE) {
  const narrow = view.width < 720;
  // On a phone the heading lies over the top of the map, and facts over its foot.
  const top = narrow ? 110 : 34;
  const bottom = narrow ? Math.max(50, card.hidden ? 0 : card.offsetHeight + 24) : 44;
  const width = Math.max(60, view.width - (narrow ? 28 : 70));
  const height = Math.max(60, view.height - top - bottom);
  const across = Math.max(box[2] - box[0], 1);
  const along = Math.max(box[3] - box[1], 1);
  const scale = Math.min(width / across, height / along, most);
  return {
    x: (box[0] + box[2]) / 2 + (narrow ? 0 : 20 / scale),
    y: (box[1] + box[3]) / 2 + (top - bottom) / 2 / scale,
    scale,
  };
}

function moveTo(place, whole = false) {
  untouched = whole;
  view.x = Math.min(Math.max(place.x, WHOLE[0]), WHOLE[2]);
  view.y = Math.min(Math.max(place.y, WHOLE[1]), WHOLE[3]);
  view.scale = Math.min(Math.max(place.scale, view.least), MAX_SCALE);
  whenMoved();
}

function fit() {
  flyTo(placeFor(WHOLE), true);
}

function flyTo(place, whole = false) {
  cancelAnimationFrame(flight);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    moveTo(place, whole);
    return;
  }
  const from = { x: view.x, y: view.y, scale: view.scale };
  const began = performance.now();
  const step = (now) => {
    const part = Math.min(1, Math.max(0, (now - began) / FLY_MS));
    const eased = part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2;
    const scale = from.scale * (place.scale / from.scale) ** eased;
    // Ground covered goes with what a step means at the scale of the moment.
    const far = Math.abs(place.scale - from.scale) < 1e-9
      ? eased
      : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / place.scale);
    const [x, y] = [from.x + (place.x - from.x) * far, from.y + (place.y - from.y) * far];
    moveTo({ x, y, scale }, whole);
    if (part < 1) flight = requestAnimationFrame(step);
  };
  flight = requestAnimationFrame(step);
}

function zoomAt(px, py, factor) {
  const scale = Math.min(Math.max(view.scale * factor, view.least), MAX_SCALE);
  const [x, y] = [view.east(px), view.north(py)];
  moveTo({
    x: x - (px - view.width / 2) / scale, y: y + (py - view.height / 2) / scale, scale,
  });
}

function flyZoom(px, py, factor) {
  const scale = Math.min(Math.max(view.scale * factor, view.least), MAX_SCALE);
  const [x, y] = [view.east(px), view.north(py)];
  flyTo({ x: x - (px - view.width / 2) / scale, y: y + (py - view.height / 2) / scale, scale });
}

function resize() {
  const middle = { x: view.x, y: view.y, scale: view.scale };
  view.width = canvas.clientWidth;
  view.height = canvas.clientHeight;
  view.least = placeFor(WHOLE).scale / 4;
  moveTo(untouched ? placeFor(WHOLE) : middle, untouched);
}

// One hand drags, two pinch. `onTap(x, y)` is told of a touch that did not move.
function listen(onTap, onHover) {
  const hands = new Map();
  let travelled = 0;
  const spread = () => {
    const [a, b] = [...hands.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, far: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(flight);
    if (!hands.size) travelled = 0;
    hands.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const hand = hands.get(event.pointerId);
    if (!hand) {
      onHover(event.offsetX, event.offsetY);
      return;
    }
    const before = hands.size === 2 ? spread() : null;
    const [dx, dy] = [event.offsetX - hand.x, event.offsetY - hand.y];
    travelled += Math.hypot(dx, dy);
    hand.x = event.offsetX;
    hand.y = event.offsetY;
    if (travelled <= TAP_PX) return;
    canvas.classList.add("dragged");
    onHover(-1, -1);
    if (before) {
      const now = spread();
      moveTo({
        x: view.x - (now.x - before.x) / view.scale,
        y: view.y + (now.y - before.y) / view.scale, scale: view.scale,
      });
      zoomAt(now.x, now.y, now.far / Math.max(before.far, 1));
    } else if (hands.size === 1) {
      moveTo({ x: view.x - dx / view.scale, y: view.y + dy / view.scale, scale: view.scale });
    }
  });
  const letGo = (event) => {
    if (!hands.delete(event.pointerId) || hands.size) return;
    canvas.classList.remove("dragged");
    if (event.type === "pointerup" && event.button === 0 && travelled <= TAP_PX) {
      onTap(event.offsetX, event.offsetY);
    }
  };
  canvas.addEventListener("pointerup", letGo);
  canvas.addEventListener("pointercancel", letGo);
  canvas.addEventListener("pointerleave", () => onHover(-1, -1));
  canvas.addEventListener("dblclick", (event) => {
    flyZoom(event.offsetX, event.offsetY, event.shiftKey ? 1 / 2.2 : 2.2);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    cancelAnimationFrame(flight);
    const lines = event.deltaMode === 1 ? 18 : 1;
    const turned = Math.min(Math.max(event.deltaY * lines, -240), 240);
    zoomAt(event.offsetX, event.offsetY, Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.0022)));
  }, { passive: false });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    const middle = [view.width / 2, view.height / 2];
    if (step) {
      const far = (event.shiftKey ? 200 : 60) / view.scale;
      moveTo({ x: view.x + step[0] * far, y: view.y + step[1] * far, scale: view.scale });
    } else if (event.key === "+" || event.key === "=") flyZoom(...middle, 1.6);
    else if (event.key === "-") flyZoom(...middle, 1 / 1.6);
    else if (event.key === "0" || event.key === "Home") fit();
    else if (event.key === "Enter" || event.key === " ") onTap(...middle);
    else return;
    event.preventDefault();
  });
  document.getElementById("closer").addEventListener("click", () => {
    flyZoom(view.width / 2, view.height / 2, 1.8);
  });
  document.getElementById("farther").addEventListener("click", () => {
    flyZoom(view.width / 2, view.height / 2, 1 / 1.8);
  });
  document.getElementById("fit").addEventListener("click", fit);
}
