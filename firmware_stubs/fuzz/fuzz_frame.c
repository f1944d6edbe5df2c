/* SPDX-License-Identifier: Apache-2.0 */
/* For libFuzzer: the input's second half is noise on the line, its first a frame. What must
 * hold: after the noise and one 0x00 the frame comes back whole, and no 0x00 is inside it. */
#include <assert.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Header and payload as the input has them, missing bytes as 0; the rest is noise. */
static size_t read_frame(const uint8_t *data, size_t size, struct frame *frame) {
  uint8_t head[FRAME_HEADER_BYTES] = {0};
  size_t used = 0;
  for (; used < size && used < sizeof head; used++) {
    head[used] = data[used];
  }
  frame->type = head[0];
  frame->major = head[1];
  frame->session = get_le(&head[2], 4);
  frame->sequence = get_le(&head[6], 4);
  frame->t_ms = get_le(&head[10], 4);
  size_t half = (size - used) / 2u;
  frame->length = half < FRAME_MAX_PAYLOAD ? half : FRAME_MAX_PAYLOAD;
  for (size_t i = 0; i < frame->length; i++) {
    frame->payload[i] = data[used + i];
  }
  return used + frame->length;
}

static bool are_same(const struct frame *one, const struct frame *other) {
  return one->type == other->type && one->major == other->major &&
         one->session == other->session && one->sequence == other->sequence &&
         one->t_ms == other->t_ms && one->length == other->length &&
         memcmp(one->payload, other->payload, one->length) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct frame sent, heard;
  struct frame_reader reader;
  uint8_t wire[FRAME_MAX_WIRE];
  size_t at = read_frame(data, size, &sent);
  frame_reader_init(&reader);
  for (; at < size; at++) {
    (void)frame_reader_take(&reader, data[at], &heard);
  }
  (void)frame_reader_take(&reader, 0, &heard);
  size_t length = frame_encode(&sent, wire);
  assert(length == sent.length + FRAME_HEADER_BYTES + 5u);
  for (size_t i = 0; i + 1u < length; i++) {
    assert((wire[i] == 0) == (i == 0));
    assert(!frame_reader_take(&reader, wire[i], &heard));
  }
  assert(frame_reader_take(&reader, wire[length - 1u], &heard));
  assert(are_same(&sent, &heard));
  return 0;
}
