/* SPDX-License-Identifier: Apache-2.0 */
/* What a board remembers over a reset, in two copies that a port writes one after the other: one
 * that was cut short, or has decayed, leaves the other.
 *
 * What must hold: bytes that were not written by kept_seal are never believed; whatever changes it
 * calls kept_seal, and the port writes it down. Memory that was written and is lost is not taken
 * for new: whatever a person would have to look after counts as so. */
#ifndef DROVER_KEPT_H
#define DROVER_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#define DOORS_MAX 64u
#define DOOR_BYTES (DOORS_MAX / 8u)
#define KEPT_COPIES 2u

struct kept {
  uint32_t magic;
  uint32_t changes;           /* so far: of two copies the newer has more */
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

/* The newest of the KEPT_COPIES that a port found, and this start counted. None was ever written:
 * it begins afresh. Some were and none can be believed: the drive's stop is a person's, all doors
 * count as forced, the keypad is locked. */
void kept_open(struct kept *kept, const struct kept *copies);

/* After each change. */
void kept_seal(struct kept *kept);

/* Whether it is as kept_seal left it. */
bool kept_is_sealed(const struct kept *kept);

#endif
