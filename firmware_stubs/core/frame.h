/* SPDX-License-Identifier: Apache-2.0 */
/* A frame: 0x00 COBS(body) 0x00; body = type u8, major u8, session u32, sequence u32, t_ms u32,
 * payload, CRC-16/CCITT-FALSE u16, lowest byte first. What must hold: whatever bytes come, the
 * reader counts and goes on, and after one 0x00 the next whole frame is read. */
#ifndef DROVER_FRAME_H
#define DROVER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 14u
#define FRAME_MAX_BODY 250u
#define FRAME_MAX_PAYLOAD (FRAME_MAX_BODY - FRAME_HEADER_BYTES - 2u)
#define FRAME_MAX_WIRE (FRAME_MAX_BODY + 3u)

struct frame {
  uint8_t type;
  uint8_t major;
  uint32_t session;
  uint32_t sequence;
  uint32_t t_ms;
  size_t length;
  uint8_t payload[FRAME_MAX_PAYLOAD];
};

/* `skips` from the start until the first 0x00: what came before is no frame. */
struct frame_reader {
  uint8_t wire[FRAME_MAX_BODY + 1u];
  size_t length;
  bool skips;
  bool overlong;
  uint32_t frames, crc_errors, cobs_errors, too_long;
};

/* CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, no reflection; "123456789" gives
 * 0x29B1. */
uint16_t crc16(const uint8_t *bytes, size_t length);

/* With both zeros, at most FRAME_MAX_WIRE bytes; 0: the payload is too long. */
size_t frame_encode(const struct frame *frame, uint8_t *wire);

void frame_reader_init(struct frame_reader *reader);

/* True where this byte ends a good frame, which is then in `frame`. */
bool frame_reader_take(struct frame_reader *reader, uint8_t byte, struct frame *frame);

#endif
