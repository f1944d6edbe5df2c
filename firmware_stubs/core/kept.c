/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <stddef.h>
#include <string.h>

#include "frame.h"

#define KEPT_MAGIC 0x4b505431u

/* The check sum covers the bytes before it, so none of them may be padding. */
_Static_assert(offsetof(struct kept, crc) == 26u + DOOR_BYTES, "padding inside struct kept");

static uint16_t sum_of(const struct kept *kept) {
  return crc16((const uint8_t *)kept, offsetof(struct kept, crc));
}

bool kept_is_sealed(const struct kept *kept) {
  return kept->magic == KEPT_MAGIC && kept->crc == sum_of(kept);
}

void kept_seal(struct kept *kept) { kept->crc = sum_of(kept); }

void kept_open(struct kept *kept) {
  if (!kept_is_sealed(kept)) {
    memset(kept, 0, sizeof *kept);
    kept->magic = KEPT_MAGIC;
  }
  kept->boot_count++;
  kept_seal(kept);
}
