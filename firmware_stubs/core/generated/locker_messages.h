/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#ifndef DROVER_LOCKER_MESSAGES_H
#define DROVER_LOCKER_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* Opens one door's lock; locks again when it was not opened in time, or once it is shut. */
struct unlock {
  uint8_t door;
  /* if unopened it locks again */
  uint16_t hold_ms;
};
#define UNLOCK_MAX_BYTES 3u
size_t unlock_encode(const struct unlock *message, uint8_t *out);
enum decoded unlock_decode(
    const uint8_t *payload, size_t length, struct unlock *message);

/* Locks a door that was unlocked and not opened; an open one locks when it is shut. */
struct lock {
  uint8_t door;
};
#define LOCK_MAX_BYTES 1u
size_t lock_encode(const struct lock *message, uint8_t *out);
enum decoded lock_decode(
    const uint8_t *payload, size_t length, struct lock *message);

/* A person has looked at a forced door and shut it; refused while it is open. */
struct forgive_forced {
  uint8_t door;
};
#define FORGIVE_FORCED_MAX_BYTES 1u
size_t forgive_forced_encode(const struct forgive_forced *message, uint8_t *out);
enum decoded forgive_forced_decode(
    const uint8_t *payload, size_t length, struct forgive_forced *message);

/* What the agent says to an entry; without it within 5 s the entry counts as wrong. */
struct keypad_result {
  /* its number */
  uint32_t entry;
  uint8_t accepted;
};
#define KEYPAD_RESULT_MAX_BYTES 5u
size_t keypad_result_encode(const struct keypad_result *message, uint8_t *out);
enum decoded keypad_result_decode(
    const uint8_t *payload, size_t length, struct keypad_result *message);

/* How the doors are, 5 times a second, and at once when a door changes. */
struct locker_report {
  /* a door_state each; beyond door_count 0 */
  uint8_t doors[64];
  /* a bit each, door 0 lowest; where it has sensors */
  uint8_t occupied[8];
  /* the door whose lock is being moved, or 255 */
  uint8_t coil;
  /* in a row */
  uint8_t wrong_entries;
  /* what is left of the lock-out */
  uint32_t keypad_locked_ms;
  /* flags locker_inputs */
  uint8_t inputs;
};
#define LOCKER_REPORT_MAX_BYTES 79u
size_t locker_report_encode(const struct locker_report *message, uint8_t *out);
enum decoded locker_report_decode(
    const uint8_t *payload, size_t length, struct locker_report *message);

/* Somebody typed; resent every 200 ms until keypad_result or 5 s have passed. Never logged. */
struct keypad_entry {
  /* grows by one */
  uint32_t entry;
  uint8_t digits[12];
  /* enum end_key */
  uint8_t end_key;
};
#define KEYPAD_ENTRY_MAX_BYTES 17u
size_t keypad_entry_encode(const struct keypad_entry *message, uint8_t *out);
enum decoded keypad_entry_decode(
    const uint8_t *payload, size_t length, struct keypad_entry *message);

#endif
