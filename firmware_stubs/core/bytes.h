/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as bytes, lowest first, whatever the chip's own order. */
#ifndef DROVER_BYTES_H
#define DROVER_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline size_t put_le(uint8_t *out, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    out[i] = (uint8_t)(value >> (8u * i));
  }
  return bytes;
}

static inline uint32_t get_le(const uint8_t *in, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; i++) {
    value |= (uint32_t)in[i] << (8u * i);
  }
  return value;
}

#endif
