/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the two motors and their encoders. What must hold: a fault is told at most
 * FAULT_LATENCY_MS after it began (D11); a runaway, which is measured, twice that; a wheel that
 * turns slowly and is not measured, 110 ms after it is WHEEL_BEHIND_MM behind. */
#ifndef DROVER_MOTOR_GUARD_H
#define DROVER_MOTOR_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "drive_motion.h"
#include "generated/plant_messages.h"
#include "odometry.h"

struct wheel_guard {
  int32_t ticks, behind_nm;
  uint32_t same_ms, stuck_ms; /* ticks do not change; though there is output */
  uint32_t over_current_ms, runaway_ms, behind_ms;
};

struct motor_guard {
  struct wheel_guard left, right;
  uint32_t hot_ms;
  bool overloaded; /* by the last pins, whether current may flow or not */
};

/* With pins that were read, `sample_ms` after the last. An enum motor_fault. */
uint8_t motor_guard_step(struct motor_guard *guard, const struct drive_pins_in *in,
                         const struct odometry *odometry, const struct drive_motion *motion,
                         uint32_t sample_ms);

#endif
