/* SPDX-License-Identifier: Apache-2.0 */
/* What a board remembers over a reset. What must hold: bytes that were not written by kept_seal
 * are never believed; whatever changes it calls kept_seal, and the port writes it down. */
#ifndef DROVER_KEPT_H
#define DROVER_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#define DOORS_MAX 64u
#define DOOR_BYTES (DOORS_MAX / 8u)

struct kept {
  uint32_t magic;
  uint32_t boot_count;
  uint32_t sessions;          /* granted so far, over resets */
  uint32_t event_number;      /* of the last event */
  uint32_t entry_number;      /* of the last keypad entry */
  uint32_t keypad_locked_ms;  /* what was left of the lock-out */
  uint8_t wrong_entries;      /* in a row */
  uint8_t stop_cause;         /* enum stop_cause: what a person must see to outlives a reset */
  uint8_t forced[DOOR_BYTES]; /* doors that were forced and not yet forgiven, a bit each */
  uint16_t crc;
};

/* Checks what a port found and counts this start; starts afresh where it was not sealed. */
void kept_open(struct kept *kept);

/* After each change. */
void kept_seal(struct kept *kept);

/* Whether it is as kept_seal left it. */
bool kept_is_sealed(const struct kept *kept);

#endif
