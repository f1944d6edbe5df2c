/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

static bool is_drive(const struct harness *harness) {
  return harness->kind == BOARD_KIND_DRIVE;
}

struct harness *harness_new(uint8_t kind, uint8_t door_count, uint8_t reset_cause,
                            uint8_t has_loader, const uint8_t *kept, size_t kept_bytes,
                            uint32_t entropy, uint32_t now_ms) {
  struct harness *harness = calloc(1, sizeof *harness);
  if (harness == NULL) {
    return NULL;
  }
  harness->kind = kind;
  struct kept copies[KEPT_COPIES] = {0};
  memcpy(copies, kept, kept_bytes < sizeof copies ? kept_bytes : sizeof copies);
  kept_open(&harness->kept, copies);
  struct board_identity identity = {.hardware_revision = 1,
                                    .unique_id = "library-chip",
                                    .reset_cause = reset_cause,
                                    .entropy = entropy,
                                    .door_count = door_count,
                                    .has_loader = has_loader};
  if (is_drive(harness)) {
    drive_board_start(&harness->drive, identity, &harness->kept, now_ms);
  } else {
    locker_board_start(&harness->locker, identity, &harness->kept, now_ms);
  }
  return harness;
}

void harness_free(struct harness *harness) { free(harness); }

void harness_receive(struct harness *harness, const uint8_t *bytes, size_t length,
                     uint32_t now_ms) {
  if (is_drive(harness)) {
    drive_board_receive(&harness->drive, bytes, length, now_ms);
  } else {
    locker_board_receive(&harness->locker, bytes, length, now_ms);
  }
}

static size_t step_drive(struct harness *harness, const uint8_t *pins_in, size_t length,
                         uint8_t *pins_out, uint32_t now_ms) {
  struct drive_pins_in in;
  struct drive_pins_out out;
  if (drive_pins_in_decode(pins_in, length, &in) != DECODED_OK) {
    return 0;
  }
  drive_board_step(&harness->drive, &in, &out, now_ms);
  return drive_pins_out_encode(&out, pins_out);
}

static size_t step_locker(struct harness *harness, const uint8_t *pins_in, size_t length,
                          uint8_t *pins_out, uint32_t now_ms) {
  struct locker_pins_in in;
  struct locker_pins_out out;
  if (locker_pins_in_decode(pins_in, length, &in) != DECODED_OK) {
    return 0;
  }
  locker_board_step(&harness->locker, &in, &out, now_ms);
  return locker_pins_out_encode(&out, pins_out);
}

size_t harness_step(struct harness *harness, const uint8_t *pins_in, size_t length,
                    uint8_t *pins_out, uint32_t now_ms) {
  return is_drive(harness) ? step_drive(harness, pins_in, length, pins_out, now_ms)
                           : step_locker(harness, pins_in, length, pins_out, now_ms);
}

struct link *harness_link(struct harness *harness) {
  return is_drive(harness) ? &harness->drive.link : &harness->locker.link;
}

size_t harness_take(struct harness *harness, uint8_t *bytes, size_t capacity) {
  return link_take(harness_link(harness), bytes, capacity);
}

size_t harness_kept(const struct harness *harness, uint8_t *bytes) {
  for (size_t copy = 0; copy < KEPT_COPIES; copy++) {
    memcpy(&bytes[copy * sizeof harness->kept], &harness->kept, sizeof harness->kept);
  }
  return KEPT_COPIES * sizeof harness->kept;
}

bool harness_enters_loader(const struct harness *harness) {
  return is_drive(harness) ? harness->drive.enters_loader : harness->locker.enters_loader;
}

void harness_set_overruns(struct harness *harness, uint32_t overruns) {
  harness_link(harness)->overruns = overruns;
}
