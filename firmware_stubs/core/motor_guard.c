/* SPDX-License-Identifier: Apache-2.0 */
#include "motor_guard.h"

#include "limited.h"
#include "limits.h"

/* A fault that begins just after a step is seen in the next one, and told so long after it. */
#define DEBOUNCE_MS (FAULT_LATENCY_MS - 2u * STEP_MAX_MS)
/* With so much output a wheel that is free turns. */
#define MUST_TURN_PERMILLE 300
/* One reading that came late spoils the measured speed for as long as it is in the window. */
#define RUNAWAY_MS (ODOMETRY_WINDOW_MS + STEP_MAX_MS)
#define RUNAWAY_MM_S ((int32_t)(SPEED_LIMIT_MM_S + SPEED_LIMIT_MM_S / 4u))

#define HELD_MAX_MS 60000u

static uint32_t held(uint32_t so_far_ms, bool holds, uint32_t sample_ms) {
  if (!holds) {
    return 0u;
  }
  return so_far_ms < HELD_MAX_MS ? so_far_ms + sample_ms : so_far_ms;
}

static void wheel_guard_step(struct wheel_guard *guard, int32_t ticks, int32_t current_ma,
                             int32_t mm_s, int32_t permille, uint32_t sample_ms) {
  bool same = ticks == guard->ticks;
  guard->ticks = ticks;
  guard->same_ms = held(guard->same_ms, same, sample_ms);
  guard->stuck_ms =
      held(guard->stuck_ms, same && magnitude(permille) > MUST_TURN_PERMILLE, sample_ms);
  guard->runaway_ms = held(guard->runaway_ms, magnitude(mm_s) > RUNAWAY_MM_S, sample_ms);
  bool over = magnitude(current_ma) > MOTOR_LIMIT_MA;
  guard->over_current_ms = held(guard->over_current_ms, over, sample_ms);
}

uint8_t motor_guard_step(struct motor_guard *guard, const struct drive_pins_in *in,
                         const struct odometry *odometry, const struct drive_motion *motion,
                         uint32_t sample_ms) {
  struct wheel_guard *left = &guard->left;
  struct wheel_guard *right = &guard->right;
  wheel_guard_step(left, in->left_ticks, in->left_ma, odometry->left_mm_s,
                   motion->left.permille, sample_ms);
  wheel_guard_step(right, in->right_ticks, in->right_ma, odometry->right_mm_s,
                   motion->right.permille, sample_ms);
  guard->hot_ms = held(guard->hot_ms, in->motor_dc > MOTOR_LIMIT_DC, sample_ms);
  guard->overloaded =
      left->over_current_ms > 0u || right->over_current_ms > 0u || guard->hot_ms > 0u;
  if (left->over_current_ms >= DEBOUNCE_MS || right->over_current_ms >= DEBOUNCE_MS) {
    return MOTOR_FAULT_OVER_CURRENT;
  }
  if (guard->hot_ms >= DEBOUNCE_MS) {
    return MOTOR_FAULT_OVER_TEMPERATURE;
  }
  if (left->runaway_ms >= RUNAWAY_MS || right->runaway_ms >= RUNAWAY_MS) {
    return MOTOR_FAULT_RUNAWAY;
  }
  if (left->stuck_ms < DEBOUNCE_MS && right->stuck_ms < DEBOUNCE_MS) {
    return MOTOR_FAULT_NONE;
  }
  /* One that turns beside it: the other turns too, and has lost its encoder. */
  bool both_stand = left->same_ms >= DEBOUNCE_MS && right->same_ms >= DEBOUNCE_MS;
  return both_stand ? MOTOR_FAULT_STALLED : MOTOR_FAULT_ENCODER_LOST;
}
