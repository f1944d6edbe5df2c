// SPDX-License-Identifier: Apache-2.0
// The style sheet's colours for the canvas, and hatchings made of them.

let colours = new Map();
let hatchings = new Map();

function colour(name) {
  let found = colours.get(name);
  if (found === undefined) {
    found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    colours.set(name, found);
  }
  return found;
}

// Stripes for an area; what a stripe means is told by colour, its slant sets zones apart.
function hatching(name, rising) {
  const key = `${name}${rising}`;
  let found = hatchings.get(key);
  if (!found) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 10;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour(name);
    pen.lineWidth = 1.6;
    for (const shift of [-10, 0, 10]) {
      pen.moveTo(shift - 1, rising ? 11 : -1);
      pen.lineTo(shift + 11, rising ? -1 : 11);
    }
    pen.stroke();
    found = pen.createPattern(tile, "repeat");
    hatchings.set(key, found);
  }
  return found;
}

function whenThemeTurns(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours = new Map();
    hatchings = new Map();
    redraw();
  });
}
