/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of boards without hardware: frames to and from a plant over the second line.
 *
 * What must hold: pins older than PINS_FRESH_MS, or none yet, read as a broken wire, all 0 but
 * for the encoders' counters, which stand still; what is written is told at each change and at
 * least every 50 ms, the newest only: a plant that is slow to listen misses what was in
 * between. */
#include <string.h>

#include "../core/frame.h"
#include "../core/limits.h"
#include "../hal/hal.h"
#include "../hal/pins.h"

#define TELL_MS 50u
/* A host that has much to do may let the plant wait; copper does not. */
#define PINS_FRESH_MS 1000u
#define CHUNK_BYTES 128u
#define CHUNKS_MAX 16u
#define PINS_OUT_MAX_BYTES DRIVE_PINS_OUT_MAX_BYTES

static struct drive_pins_in drive_in;
static struct locker_pins_in locker_in;
static bool is_fresh;
static uint32_t heard_ms;

static uint32_t next_sequence;
static uint8_t told[PINS_OUT_MAX_BYTES];
static size_t told_length;
static uint32_t told_ms;
static uint8_t wire[FRAME_MAX_WIRE];
static size_t wire_at, wire_length;

/* What no software gets out of but the watchdog. */
static void hang(void) {
  for (volatile uint32_t turns = 0;; turns++) {
  }
}

static void take_injection(const struct frame *frame) {
  struct inject inject;
  if (inject_decode(frame->payload, frame->length, &inject) != DECODED_OK) {
    return;
  }
  if (inject.injection == INJECTION_HANG) {
    hang();
  } else if (inject.injection == INJECTION_RESET) {
    hal_reset();
  } else if (inject.injection == INJECTION_FAULT) {
    __builtin_trap(); /* a chip's port resets it; a process ends, so that somebody looks */
  }
}

static void take(const struct frame *frame, uint32_t now_ms) {
  struct drive_pins_in drive;
  struct locker_pins_in locker;
  if (frame->major != PROTOCOL_MAJOR) {
    return;
  }
  if (frame->type == MESSAGE_INJECT) {
    take_injection(frame);
  } else if (frame->type == MESSAGE_DRIVE_PINS_IN &&
             drive_pins_in_decode(frame->payload, frame->length, &drive) == DECODED_OK) {
    drive_in = drive;
    is_fresh = true;
    heard_ms = now_ms;
  } else if (frame->type == MESSAGE_LOCKER_PINS_IN &&
             locker_pins_in_decode(frame->payload, frame->length, &locker) == DECODED_OK) {
    locker_in = locker;
    is_fresh = true;
    heard_ms = now_ms;
  }
}

static void listen(uint32_t now_ms) {
  static struct frame_reader reader;
  static bool is_ready;
  if (!is_ready) {
    frame_reader_init(&reader);
    is_ready = true;
  }
  for (unsigned chunk = 0; chunk < CHUNKS_MAX; chunk++) {
    uint8_t bytes[CHUNK_BYTES];
    size_t length = hal_receive(HAL_LINE_PLANT, bytes, sizeof bytes);
    for (size_t i = 0; i < length; i++) {
      struct frame frame;
      if (frame_reader_take(&reader, bytes[i], &frame)) {
        take(&frame, now_ms);
      }
    }
    if (length < sizeof bytes) {
      break;
    }
  }
  /* Once stale they stay so until new ones come: the clock wraps. */
  is_fresh = is_fresh && now_ms - heard_ms <= PINS_FRESH_MS;
}

/* True when the line has taken all. */
static bool flush(void) {
  if (wire_at < wire_length) {
    wire_at += hal_send(HAL_LINE_PLANT, &wire[wire_at], wire_length - wire_at);
  }
  return wire_at == wire_length;
}

static void tell(uint8_t type, const uint8_t *payload, size_t length, uint32_t now_ms) {
  bool is_new = length != told_length || memcmp(payload, told, length) != 0;
  if (!flush() || (!is_new && now_ms - told_ms < TELL_MS)) {
    return;
  }
  struct frame frame = {.type = type,
                        .major = PROTOCOL_MAJOR,
                        .sequence = ++next_sequence,
                        .t_ms = now_ms,
                        .length = length};
  memcpy(frame.payload, payload, length);
  wire_at = 0;
  wire_length = frame_encode(&frame, wire);
  memcpy(told, payload, length);
  told_length = length;
  told_ms = now_ms;
  (void)flush();
}

void drive_pins_read(struct drive_pins_in *pins, uint32_t now_ms) {
  listen(now_ms);
  if (is_fresh) {
    *pins = drive_in;
  } else {
    *pins = (struct drive_pins_in){.left_ticks = drive_in.left_ticks,
                                   .right_ticks = drive_in.right_ticks};
  }
}

void drive_pins_write(const struct drive_pins_out *pins, uint32_t now_ms) {
  uint8_t payload[PINS_OUT_MAX_BYTES] = {0};
  tell(MESSAGE_DRIVE_PINS_OUT, payload, drive_pins_out_encode(pins, payload), now_ms);
}

void locker_pins_read(struct locker_pins_in *pins, uint32_t now_ms) {
  listen(now_ms);
  if (is_fresh) {
    *pins = locker_in;
  } else {
    memset(pins, 0, sizeof *pins);
  }
}

void locker_pins_write(const struct locker_pins_out *pins, uint32_t now_ms) {
  uint8_t payload[PINS_OUT_MAX_BYTES] = {0};
  tell(MESSAGE_LOCKER_PINS_OUT, payload, locker_pins_out_encode(pins, payload), now_ms);
}
