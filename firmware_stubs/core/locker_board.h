/* SPDX-License-Identifier: Apache-2.0 */
/* The whole locker board but its port: bytes and pins in, bytes and pins out.
 *
 * What must hold: at most one coil has current, never longer than LOCK_PULSE_MS, and it rests
 * afterwards; no door is unlocked while the robot does not stand; where the sensors cannot be
 * read (all of them say 0) no coil has current and the doors do not count as shut. */
#ifndef DROVER_LOCKER_BOARD_H
#define DROVER_LOCKER_BOARD_H

#include "coils.h"
#include "door.h"
#include "generated/plant_messages.h"
#include "keypad.h"
#include "link.h"

struct locker_board {
  struct link link;
  uint8_t door_count;
  struct door doors[DOORS_MAX];
  struct coils coils;
  struct keypad keypad;
  uint32_t stepped_ms;
  uint32_t unreported_ms;
  uint8_t reported[DOORS_MAX]; /* the states last said */
  uint8_t occupied[DOOR_BYTES];
  uint8_t first_door; /* whose turn at the coils it is */
  bool standing;
  bool enters_loader;
};

/* `identity`: board_kind and speed_limit_mm_s are filled in here, door_count is the port's. */
void locker_board_start(struct locker_board *board, struct board_identity identity,
                        struct kept *kept, uint32_t now_ms);
void locker_board_receive(struct locker_board *board, const uint8_t *bytes, size_t length,
                          uint32_t now_ms);

/* One turn of the control loop, at least every STEP_MAX_MS. */
void locker_board_step(struct locker_board *board, const struct locker_pins_in *in,
                       struct locker_pins_out *out, uint32_t now_ms);

#endif
