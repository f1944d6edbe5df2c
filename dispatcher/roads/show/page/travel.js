// SPDX-License-Identifier: Apache-2.0
// How long ways take from one node to everywhere, over arc times that came with the map (whole ms).

const NODE_COUNT = MAP.nodes.length;
const PIECE_M = 25;
const BAND_COUNT = 7;
const BAND_STEPS_S = [5, 10, 15, 30, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600];

// Arcs by tail: `first[n]` to `first[n + 1]` are those of node n.
const net = (() => {
  const arcs = [];
  for (const part of PARTS) {
    if (part.thereMs >= 0) arcs.push([part.from, part.to, part.thereMs]);
    if (part.backMs >= 0) arcs.push([part.to, part.from, part.backMs]);
  }
  const first = new Int32Array(NODE_COUNT + 1);
  for (const [tail] of arcs) first[tail + 1] += 1;
  for (let i = 0; i < NODE_COUNT; i += 1) first[i + 1] += first[i];
  const [heads, times] = [new Int32Array(arcs.length), new Int32Array(arcs.length)];
  const next = first.slice();
  for (const [tail, head, ms] of arcs) {
    heads[next[tail]] = head;
    times[next[tail]] = ms;
    next[tail] += 1;
  }
  return { first, heads, times };
})();

// The least time to each node, -1 where there is no way.
function timesFrom(source) {
  const found = new Float64Array(NODE_COUNT).fill(Infinity);
  const heap = [[0, source]];
  found[source] = 0;
  while (heap.length) {
    const [ms, node] = popped(heap);
    if (ms > found[node]) continue;
    for (let arc = net.first[node]; arc < net.first[node + 1]; arc += 1) {
      const later = ms + net.times[arc];
      if (later < found[net.heads[arc]]) {
        found[net.heads[arc]] = later;
        push(heap, [later, net.heads[arc]]);
      }
    }
  }
  return found.map((ms) => (ms === Infinity ? -1 : ms));
}

function push(heap, entry) {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (heap[above][0] <= entry[0]) break;
    heap[at] = heap[above];
    at = above;
  }
  heap[at] = entry;
}

function popped(heap) {
  const top = heap[0];
  const last = heap.pop();
  let at = 0;
  while (heap.length) {
    let below = 2 * at + 1;
    if (below + 1 < heap.length && heap[below + 1][0] < heap[below][0]) below += 1;
    if (below >= heap.length || heap[below][0] >= last[0]) break;
    heap[at] = heap[below];
    at = below;
  }
  if (heap.length) heap[at] = last;
  return top;
}

// The roads as pieces of like time: `bands[i]` are lines that take up to (i + 1) * stepS.
function reachFrom(thing) {
  const times = timesFrom(thing.node);
  const pieces = [];
  const unreached = [];
  let longest = 0;
  for (const part of PARTS) {
    const there = part.thereMs >= 0 && times[part.from] >= 0 ? times[part.from] : Infinity;
    const back = part.backMs >= 0 && times[part.to] >= 0 ? times[part.to] : Infinity;
    if (there === Infinity && back === Infinity) {
      unreached.push(part);
      continue;
    }
    cut(part.line, (line, share) => {
      const ms = Math.min(there + share * part.thereMs, back + (1 - share) * part.backMs);
      longest = Math.max(longest, ms);
      pieces.push([ms, { line, edge: part.edge, box: part.box }]);
    });
  }
  const stepS = BAND_STEPS_S.find((step) => step * BAND_COUNT * 1000 >= longest)
    ?? Math.ceil(longest / 1000 / BAND_COUNT);
  const bands = Array.from({ length: BAND_COUNT }, () => []);
  for (const [ms, piece] of pieces) {
    bands[Math.min(BAND_COUNT - 1, Math.floor(ms / 1000 / stepS))].push(piece);
  }
  const used = bands.reduce((last, band, i) => (band.length ? i + 1 : last), 1);
  return { thing, times, stepS, bands, used, unreached };
}

// Cuts a line into straight pieces; `take(piece, share of the way at its middle)`.
function cut(line, take) {
  const whole = lengthOf(line);
  let behind = 0;
  for (let i = 2; i < line.length; i += 2) {
    const [x, y] = [line[i - 2], line[i - 1]];
    const [dx, dy] = [line[i] - x, line[i + 1] - y];
    const length = Math.hypot(dx, dy);
    const count = Math.max(1, Math.ceil(length / PIECE_M));
    for (let k = 0; k < count; k += 1) {
      const [a, b] = [k / count, (k + 1) / count];
      take([x + dx * a, y + dy * a, x + dx * b, y + dy * b],
        whole ? (behind + length * (a + b) / 2) / whole : 0);
    }
    behind += length;
  }
}

function shownTime(ms) {
  if (ms < 0) return "no way there";
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
