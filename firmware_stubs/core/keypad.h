/* SPDX-License-Identifier: Apache-2.0 */
/* The keypad: keys to entries, and the lock-out after wrong ones (L4).
 *
 * What must hold: an entry counts as wrong, and is kept so, before anybody hears of it, and
 * only the agent's word takes that back: no reset gives a try for nothing. Digits are in here
 * and in keypad_entry, nowhere else, and no longer than they are needed. */
#ifndef DROVER_KEYPAD_H
#define DROVER_KEYPAD_H

#include <stdbool.h>
#include <stdint.h>

#include "debounce.h"
#include "generated/locker_messages.h"
#include "kept.h"

struct keypad {
  struct debounced key;
  uint8_t length;
  bool waits; /* an entry for its answer */
  bool tells_locked;
  struct keypad_entry entry;
  uint32_t idle_ms, waited_ms, unsaid_ms;
  uint32_t locked_ms; /* what is left of the lock-out; 0: none */
};

void keypad_start(struct keypad *keypad, const struct kept *kept);

/* `key`: the one held down, or 0. True: the entry is to be said (again). */
bool keypad_step(struct keypad *keypad, struct kept *kept, uint8_t key, uint32_t elapsed_ms);

/* The agent's word to an entry; answers an enum result. */
uint8_t keypad_answer(struct keypad *keypad, struct kept *kept, uint32_t entry, bool accepted);

/* Once after each beginning of a lock-out, and after a start in one. */
bool keypad_has_locked(struct keypad *keypad);

#endif
