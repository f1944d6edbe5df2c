/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include <string.h>

#include "bytes.h"

#define CRC_START 0xFFFFu
#define CRC_BYTES 2u

/* A code counts up to 254 bytes, and no body is so long: stuffing then only changes zeros into
 * codes, in place, behind one code at the front. */
_Static_assert(FRAME_MAX_BODY < 254u, "a body must need one leading code only");

static uint16_t crc_more(uint16_t crc, uint8_t byte) {
  uint32_t value = crc ^ ((uint32_t)byte << 8u);
  for (unsigned bit = 0; bit < 8u; bit++) {
    value = (value << 1u) ^ (0x1021u & (0u - ((value >> 15u) & 1u)));
  }
  return (uint16_t)value;
}

uint16_t crc16(const uint8_t *bytes, size_t length) {
  uint16_t crc = CRC_START;
  for (size_t i = 0; i < length; i++) {
    crc = crc_more(crc, bytes[i]);
  }
  return crc;
}

static size_t put_header(const struct frame *frame, uint8_t *body) {
  size_t at = put_le(body, frame->type, 1);
  at += put_le(&body[at], frame->major, 1);
  at += put_le(&body[at], frame->session, 4);
  at += put_le(&body[at], frame->sequence, 4);
  at += put_le(&body[at], frame->t_ms, 4);
  return at;
}

size_t frame_encode(const struct frame *frame, uint8_t *wire) {
  if (frame->length > FRAME_MAX_PAYLOAD) {
    return 0;
  }
  uint8_t *body = &wire[2];
  size_t length = put_header(frame, body);
  memcpy(&body[length], frame->payload, frame->length);
  length += frame->length;
  length += put_le(&body[length], crc16(body, length), CRC_BYTES);
  size_t end = length + 2u, code_at = 1;
  for (size_t i = 2; i < end; i++) {
    if (wire[i] == 0) {
      wire[code_at] = (uint8_t)(i - code_at);
      code_at = i;
    }
  }
  wire[code_at] = (uint8_t)(end - code_at);
  wire[0] = 0;
  wire[end] = 0;
  return end + 1u;
}

void frame_reader_init(struct frame_reader *reader) {
  memset(reader, 0, sizeof *reader);
  reader->skips = true;
}

/* Codes become zeros again; the body is what stands behind the first of them. */
static bool unstuff(uint8_t *wire, size_t length) {
  size_t at = 0;
  while (at < length) {
    size_t code = wire[at];
    if (code > length - at) {
      return false;
    }
    wire[at] = 0;
    at += code;
  }
  return true;
}

static bool read_body(const uint8_t *body, size_t length, struct frame *frame) {
  if (length < FRAME_HEADER_BYTES + CRC_BYTES) {
    return false;
  }
  size_t checked = length - CRC_BYTES;
  if (crc16(body, checked) != get_le(&body[checked], CRC_BYTES)) {
    return false;
  }
  frame->type = body[0];
  frame->major = body[1];
  frame->session = get_le(&body[2], 4);
  frame->sequence = get_le(&body[6], 4);
  frame->t_ms = get_le(&body[10], 4);
  frame->length = checked - FRAME_HEADER_BYTES;
  memcpy(frame->payload, &body[FRAME_HEADER_BYTES], frame->length);
  return true;
}

static bool read_wire(struct frame_reader *reader, size_t length, struct frame *frame) {
  if (!unstuff(reader->wire, length)) {
    reader->cobs_errors++;
    return false;
  }
  if (!read_body(&reader->wire[1], length - 1u, frame)) {
    reader->crc_errors++;
    return false;
  }
  reader->frames++;
  return true;
}

bool frame_reader_take(struct frame_reader *reader, uint8_t byte, struct frame *frame) {
  if (byte != 0) {
    if (reader->length < sizeof reader->wire) {
      reader->wire[reader->length] = byte;
      reader->length++;
    } else {
      reader->overlong = true;
    }
    return false;
  }
  size_t length = reader->length;
  bool skips = reader->skips, overlong = reader->overlong;
  reader->length = 0;
  reader->skips = false;
  reader->overlong = false;
  if (skips || length == 0) {
    return false;
  }
  if (overlong) {
    reader->too_long++;
    return false;
  }
  return read_wire(reader, length, frame);
}
