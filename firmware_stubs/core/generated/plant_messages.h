/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#ifndef DROVER_PLANT_MESSAGES_H
#define DROVER_PLANT_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* What the drive board's inputs read, 20 times a second or more: 1 s old is a broken wire. */
struct drive_pins_in {
  /* encoder counter, wraps */
  int32_t left_ticks;
  /* encoder counter, wraps */
  int32_t right_ticks;
  /* flags drive_inputs */
  uint8_t inputs;
  /* motor current */
  int32_t left_ma;
  /* motor current */
  int32_t right_ma;
  /* the hotter motor, tenths of a degree Celsius */
  int16_t motor_dc;
  uint16_t battery_mv;
  /* into the battery positive */
  int32_t battery_ma;
  uint16_t charge_permille;
  uint16_t health_permille;
  /* tenths of a degree Celsius */
  int16_t battery_dc;
  /* 65535: none in sight */
  uint16_t free_ahead_mm;
  /* when all this was read, by any clock; wraps */
  uint32_t sampled_ms;
  /* 0: nothing could be: a broken wire */
  uint8_t is_read;
};
#define DRIVE_PINS_IN_MAX_BYTES 38u
size_t drive_pins_in_encode(const struct drive_pins_in *message, uint8_t *out);
enum decoded drive_pins_in_decode(
    const uint8_t *payload, size_t length, struct drive_pins_in *message);

/* What the drive board's outputs say: at each change, and 20 times a second. */
struct drive_pins_out {
  /* torque can flow */
  uint8_t motors_on;
  /* without power the brake is on */
  uint8_t brake_released;
  int16_t left_permille;
  int16_t right_permille;
  /* the wire to the locker board */
  uint8_t standing;
  uint8_t light;
  uint8_t horn;
  uint8_t charge_contactor;
};
#define DRIVE_PINS_OUT_MAX_BYTES 10u
size_t drive_pins_out_encode(const struct drive_pins_out *message, uint8_t *out);
enum decoded drive_pins_out_decode(
    const uint8_t *payload, size_t length, struct drive_pins_out *message);

/* What the locker board's inputs read, 20 times a second or more: 1 s old is a broken wire. */
struct locker_pins_in {
  /* door sensors, a bit each, door 0 lowest */
  uint8_t closed[8];
  /* latch sensors */
  uint8_t latched[8];
  uint8_t occupied[8];
  /* the key held down, ASCII 0 to 9, # or *; 0: none */
  uint8_t key;
  /* the wire from the drive board */
  uint8_t standing;
};
#define LOCKER_PINS_IN_MAX_BYTES 26u
size_t locker_pins_in_encode(const struct locker_pins_in *message, uint8_t *out);
enum decoded locker_pins_in_decode(
    const uint8_t *payload, size_t length, struct locker_pins_in *message);

/* What the locker board's outputs say: at each change, and 20 times a second. */
struct locker_pins_out {
  /* the door whose unlocking coil has current, or 255 */
  uint8_t unlock_coil;
  /* the door whose locking coil has current, or 255 */
  uint8_t lock_coil;
  /* the wire to the drive board: all locked */
  uint8_t doors_shut;
  /* a door was left open or forced */
  uint8_t alarm;
};
#define LOCKER_PINS_OUT_MAX_BYTES 4u
size_t locker_pins_out_encode(const struct locker_pins_out *message, uint8_t *out);
enum decoded locker_pins_out_decode(
    const uint8_t *payload, size_t length, struct locker_pins_out *message);

/* Causes a fault inside the board. */
struct inject {
  /* enum injection */
  uint8_t injection;
};
#define INJECT_MAX_BYTES 1u
size_t inject_encode(const struct inject *message, uint8_t *out);
enum decoded inject_decode(
    const uint8_t *payload, size_t length, struct inject *message);

#endif
