/* SPDX-License-Identifier: Apache-2.0 */
/* The drive's state machine: who may move it, and what stops it.
 *
 * What must hold: it starts disarmed; whatever is wrong switches the motors off in the step
 * that sees it; nothing that was stopped moves again but by `drive_arm`, on the authority that
 * the table of restarts asks for; what a person must see to, only after the reset button. */
#ifndef DROVER_DRIVE_H
#define DROVER_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "drive_motion.h"
#include "generated/drive_messages.h"
#include "generated/plant_messages.h"
#include "motor_guard.h"
#include "odometry.h"

#define STOOD_MS 100u /* so long without moving, and doors may open */

struct drive_event {
  bool happened;
  uint8_t kind; /* enum event_kind */
  int32_t value;
};

struct drive {
  uint8_t state;       /* enum drive_state */
  uint8_t stop_cause;  /* enum stop_cause */
  uint8_t motor_fault; /* enum motor_fault */
  uint8_t hidden_cause; /* what the cause was before versions did not match */
  uint8_t inputs;      /* flags drive_inputs; all 0 while the pins cannot be read */
  bool pins_seen;      /* they could be read once since the start */
  bool pins_fresh;     /* they can be read now */
  bool browns_out;
  bool brakes_in_order; /* stopping with the motors on */
  bool button_was_up;   /* pressed since, not held all along */
  uint32_t deceleration_mm_s2;
  uint32_t command_ms, ttl_ms; /* when the last one came that was taken, and for how long */
  uint32_t accepted_sequence;
  uint32_t tilt_ms, button_ms;
  uint32_t rested_ms; /* stopping: since the ramp ended */
  uint32_t sampled_ms; /* when the pins were read that it knows */
  uint32_t stood_ms; /* with the motors off, at most STOOD_MS */
  struct odometry odometry;
  struct drive_motion motion;
  struct motor_guard guard;
  struct drive_event event; /* of the last step */
};

/* `kept_cause`: one that a person has not yet seen to, from before the reset; or none. */
void drive_start(struct drive *drive, uint8_t reset_cause, uint8_t kept_cause);

/* A session was granted, or refused for its version. Whatever was armed is disarmed. */
void drive_opened(struct drive *drive, bool granted);

/* An enum result. `battery_ready`: there is enough in it, and no charger holds the robot. */
uint8_t drive_arm(struct drive *drive, const struct arm *arm, bool battery_ready,
                  uint32_t now_ms);

/* Brakes, in good order or as hard as it can, and disarms. */
void drive_brake(struct drive *drive, bool hard);

/* False: not now, or it is stale, and feeds no time-out. */
bool drive_take(struct drive *drive, const struct drive_command *command, uint32_t sequence,
                uint32_t now_ms);

void drive_step(struct drive *drive, const struct drive_pins_in *in, bool browns_out,
                uint32_t step_ms, uint32_t now_ms);

/* Whether the pins hold what was read. */
bool drive_pins_are_fresh(const struct drive_pins_in *in);

bool drive_motors_on(const struct drive *drive);

/* What a person must see to, also after a reset; or none. */
uint8_t drive_kept_cause(const struct drive *drive);

#endif
