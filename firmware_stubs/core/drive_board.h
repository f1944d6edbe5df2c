/* SPDX-License-Identifier: Apache-2.0 */
/* The whole drive board but its port: bytes and pins in, bytes and pins out.
 *
 * What must hold: it starts disarmed; motors are on only in armed, moving and (while braking in
 * good order) stopping; whatever is wrong switches them off in the step that sees it. */
#ifndef DROVER_DRIVE_BOARD_H
#define DROVER_DRIVE_BOARD_H

#include "battery.h"
#include "drive.h"
#include "generated/plant_messages.h"
#include "link.h"

struct drive_board {
  struct link link;
  struct drive drive;
  struct battery battery;
  uint32_t stepped_ms;
  uint32_t state_sent_ms, battery_sent_ms;
  uint8_t told_state, told_cause, told_flags; /* by the last reports */
  uint8_t light, horn, wants_charge;
  bool enters_loader; /* the port does, once the answer is out */
};

/* `identity`: board_kind, speed_limit_mm_s and door_count are filled in here. */
void drive_board_start(struct drive_board *board, struct board_identity identity,
                       struct kept *kept, uint32_t now_ms);
void drive_board_receive(struct drive_board *board, const uint8_t *bytes, size_t length,
                         uint32_t now_ms);

/* One turn of the control loop, at least every 10 ms. */
void drive_board_step(struct drive_board *board, const struct drive_pins_in *in,
                      struct drive_pins_out *out, uint32_t now_ms);

#endif
