/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <stddef.h>
#include <string.h>

#include "frame.h"
#include "generated/words.h"
#include "limits.h"

#define KEPT_MAGIC 0x4b505431u

/* The check sum covers the bytes before it, so none of them may be padding. */
_Static_assert(offsetof(struct kept, crc) == 30u + DOOR_BYTES, "padding inside struct kept");

static uint16_t sum_of(const struct kept *kept) {
  return crc16((const uint8_t *)kept, offsetof(struct kept, crc));
}

bool kept_is_sealed(const struct kept *kept) {
  return kept->magic == KEPT_MAGIC && kept->crc == sum_of(kept);
}

void kept_seal(struct kept *kept) {
  kept->changes++;
  kept->crc = sum_of(kept);
}

/* NULL: none can be believed. */
static const struct kept *newest_of(const struct kept *copies) {
  const struct kept *newest = NULL;
  for (size_t i = 0; i < KEPT_COPIES; i++) {
    const struct kept *one = &copies[i];
    if (kept_is_sealed(one) &&
        (newest == NULL || (int32_t)(one->changes - newest->changes) > 0)) {
      newest = one;
    }
  }
  return newest;
}

static bool was_ever_written(const struct kept *copies) {
  for (size_t i = 0; i < KEPT_COPIES; i++) {
    if (copies[i].magic == KEPT_MAGIC) {
      return true;
    }
  }
  return false;
}

/* As bad as it may have been. */
static void fear_the_worst(struct kept *kept) {
  kept->stop_cause = STOP_CAUSE_MEMORY_LOST;
  kept->wrong_entries = KEYPAD_TRIES;
  kept->keypad_locked_ms = KEYPAD_LOCK_MS;
  memset(kept->forced, 0xff, sizeof kept->forced);
}

void kept_open(struct kept *kept, const struct kept *copies) {
  const struct kept *newest = newest_of(copies);
  if (newest != NULL) {
    *kept = *newest;
  } else {
    memset(kept, 0, sizeof *kept);
    kept->magic = KEPT_MAGIC;
    if (was_ever_written(copies)) {
      fear_the_worst(kept);
    }
  }
  kept->boot_count++;
  kept_seal(kept);
}
