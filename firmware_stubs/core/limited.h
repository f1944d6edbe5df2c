/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers kept within bounds. */
#ifndef DROVER_LIMITED_H
#define DROVER_LIMITED_H

#include <stdint.h>

static inline int32_t magnitude(int32_t value) { return value < 0 ? -value : value; }

/* At most `most` in either direction. */
static inline int32_t limited(int32_t value, int32_t most) {
  if (value > most) {
    return most;
  }
  return value < -most ? -most : value;
}

#endif
