/* SPDX-License-Identifier: Apache-2.0 */
#include "keypad.h"

#include <string.h>

#include "generated/words.h"
#include "limits.h"

static void forget_digits(struct keypad *keypad) {
  memset(keypad->entry.digits, 0, sizeof keypad->entry.digits);
  keypad->length = 0;
}

static void keep(struct kept *kept, uint32_t locked_ms) {
  kept->keypad_locked_ms = locked_ms;
  kept_seal(kept);
}

static void lock_out(struct keypad *keypad, uint32_t locked_ms) {
  keypad->locked_ms = locked_ms;
  keypad->tells_locked = locked_ms > 0;
}

/* What was counted when it was typed stands, unless it was taken back. */
static void end_wait(struct keypad *keypad, const struct kept *kept) {
  keypad->waits = false;
  forget_digits(keypad);
  lock_out(keypad, kept->keypad_locked_ms);
}

static void begin_entry(struct keypad *keypad, struct kept *kept, enum end_key end_key) {
  kept->entry_number++;
  if (kept->wrong_entries < UINT8_MAX) {
    kept->wrong_entries++;
  }
  /* The lock-out too is kept now: who cuts the power before the answer comes back into it. */
  keep(kept, kept->wrong_entries >= KEYPAD_TRIES ? KEYPAD_LOCK_MS : 0);
  keypad->entry.entry = kept->entry_number;
  keypad->entry.end_key = (uint8_t)end_key;
  keypad->waits = true;
  keypad->waited_ms = 0;
  keypad->unsaid_ms = 0;
}

/* True: that ended an entry. */
static bool press(struct keypad *keypad, struct kept *kept, uint8_t key) {
  keypad->idle_ms = 0;
  if (key >= '0' && key <= '9') {
    if (keypad->length < sizeof keypad->entry.digits) {
      keypad->entry.digits[keypad->length++] = key;
    }
    return false;
  }
  if ((key != '#' && key != '*') || keypad->length == 0) {
    return false;
  }
  begin_entry(keypad, kept, key == '#' ? END_KEY_ENTER : END_KEY_REFUSE);
  return true;
}

static void pass_lock_out(struct keypad *keypad, struct kept *kept, uint32_t elapsed_ms) {
  keypad->locked_ms = keypad->locked_ms > elapsed_ms ? keypad->locked_ms - elapsed_ms : 0;
  if (keypad->locked_ms == 0 || kept->keypad_locked_ms - keypad->locked_ms >= KEYPAD_KEEP_MS) {
    keep(kept, keypad->locked_ms);
  }
}

static bool wait_for_answer(struct keypad *keypad, const struct kept *kept,
                            uint32_t elapsed_ms) {
  keypad->waited_ms = longer_ms(keypad->waited_ms, elapsed_ms);
  keypad->unsaid_ms = longer_ms(keypad->unsaid_ms, elapsed_ms);
  if (keypad->waited_ms >= KEYPAD_ANSWER_MS) {
    end_wait(keypad, kept);
    return false;
  }
  if (keypad->unsaid_ms < KEYPAD_RESEND_MS) {
    return false;
  }
  keypad->unsaid_ms = 0;
  return true;
}

void keypad_start(struct keypad *keypad, const struct kept *kept) {
  *keypad = (struct keypad){0};
  lock_out(keypad, kept->keypad_locked_ms);
}

bool keypad_step(struct keypad *keypad, struct kept *kept, uint8_t key, uint32_t elapsed_ms) {
  uint8_t held = keypad->key.value;
  debounce(&keypad->key, key, elapsed_ms);
  uint8_t pressed = keypad->key.value == held ? 0 : keypad->key.value;
  if (keypad->waits) {
    return wait_for_answer(keypad, kept, elapsed_ms);
  }
  if (keypad->locked_ms > 0) {
    pass_lock_out(keypad, kept, elapsed_ms);
    return false;
  }
  keypad->idle_ms = longer_ms(keypad->idle_ms, elapsed_ms);
  if (keypad->idle_ms >= KEYPAD_IDLE_MS) {
    forget_digits(keypad);
  }
  return pressed != 0 && press(keypad, kept, pressed);
}

uint8_t keypad_answer(struct keypad *keypad, struct kept *kept, uint32_t entry, bool accepted) {
  if (!keypad->waits || entry != keypad->entry.entry) {
    return RESULT_WRONG_STATE;
  }
  if (accepted) {
    kept->wrong_entries = 0;
    keep(kept, 0);
  }
  end_wait(keypad, kept);
  return RESULT_DONE;
}

bool keypad_has_locked(struct keypad *keypad) {
  bool tells = keypad->tells_locked;
  keypad->tells_locked = false;
  return tells;
}
