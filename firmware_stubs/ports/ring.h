/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of bytes between an interrupt and the loop. What must hold: one side puts, one side
 * takes; a full ring refuses. */
#ifndef DROVER_RING_H
#define DROVER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef RING_BYTES
#define RING_BYTES 1024u /* a power of two; 89 ms at 115200 baud */
#endif
_Static_assert((RING_BYTES & (RING_BYTES - 1u)) == 0u, "the counters wrap");
_Static_assert(RING_BYTES >= 512u, "44 ms: four turns of the loop");

struct ring {
  volatile uint32_t put, taken; /* so far; both wrap */
  uint8_t bytes[RING_BYTES];
};

static inline bool ring_is_empty(const struct ring *ring) { return ring->put == ring->taken; }

static inline bool ring_put(struct ring *ring, uint8_t byte) {
  if (ring->put - ring->taken == RING_BYTES) {
    return false;
  }
  ring->bytes[ring->put % RING_BYTES] = byte;
  ring->put++;
  return true;
}

/* Not of an empty ring. */
static inline uint8_t ring_take(struct ring *ring) {
  uint8_t byte = ring->bytes[ring->taken % RING_BYTES];
  ring->taken++;
  return byte;
}

static inline size_t ring_take_all(struct ring *ring, uint8_t *bytes, size_t capacity) {
  size_t length = 0;
  while (length < capacity && !ring_is_empty(ring)) {
    bytes[length++] = ring_take(ring);
  }
  return length;
}

#endif
