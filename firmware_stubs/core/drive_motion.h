/* SPDX-License-Identifier: Apache-2.0 */
/* From the speed that is asked for to the two motors. What must hold: whatever is asked for, no
 * wheel is told to go faster than SPEED_LIMIT_MM_S, and the speed changes no faster than the
 * limits say (D7). */
#ifndef DROVER_DRIVE_MOTION_H
#define DROVER_DRIVE_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "odometry.h"

struct wheel {
  int32_t wanted_um_s;   /* by the ramp, in the last step */
  int32_t expected_um_s; /* what it should measure by now */
  int32_t integral_upm;  /* millionths of a permille */
  int16_t permille;      /* output */
};

struct drive_motion {
  int32_t target_mm_s, target_mrad_s;
  int32_t speed_um_s, turn_urad_s; /* the ramp */
  struct wheel left, right;
};

/* Where the ramp is to go: within the limits, keeping the curve. */
void motion_aim(struct drive_motion *motion, int32_t speed_mm_s, int32_t turn_mrad_s);

/* One step of the ramp and of the control of both wheels. */
void motion_step(struct drive_motion *motion, const struct odometry *odometry,
                 uint32_t deceleration_mm_s2, uint32_t step_ms);

/* Motors off: nothing is wanted, nothing is remembered. */
void motion_rest(struct drive_motion *motion);

bool motion_aims_at_rest(const struct drive_motion *motion);
bool motion_is_at_rest(const struct drive_motion *motion);

#endif
