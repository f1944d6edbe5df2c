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
/* What is left of an expectation that fades is none. */
#define EXPECTED_MIN_UM_S 1000
#define NM_PER_TICK ((int32_t)(1000000000u / TICKS_PER_M))
#define BEHIND_MAX_NM (WHEEL_BEHIND_MM * 1000000)
#define BEHIND_MS 110u /* one that was held up for a moment is given so long to catch up */
#define TICKS_MAX 1000 /* more between two samples is no speed of ours, and would not fit */

static uint32_t held(uint32_t so_far_ms, bool holds, uint32_t sample_ms) {
  if (!holds) {
    return 0u;
  }
  return so_far_ms < HELD_MAX_MS ? so_far_ms + sample_ms : so_far_ms;
}

/* How far a wheel has fallen behind what is expected of it: that way, less twice the one that was
 * measured in its direction. So one that does half of it owes nothing; and one that is not
 * measured is found out at any speed, before the control has driven it far beyond what was
 * asked (D7, D11). */
static int32_t behind_nm(int32_t so_far_nm, int32_t expected_um_s, int32_t ticks,
                         uint32_t sample_ms) {
  if (magnitude(expected_um_s) < EXPECTED_MIN_UM_S) {
    return expected_um_s == 0 ? 0 : so_far_nm; /* exactly nothing: the motors are off */
  }
  int32_t forward = limited(ticks, TICKS_MAX);
  int32_t done_nm = (expected_um_s > 0 ? forward : -forward) * NM_PER_TICK;
  int32_t now_nm = so_far_nm + magnitude(expected_um_s) * (int32_t)sample_ms - 2 * done_nm;
  return now_nm > 0 ? limited(now_nm, BEHIND_MAX_NM) : 0;
}

static void wheel_guard_step(struct wheel_guard *guard, int32_t ticks, int32_t current_ma,
                             int32_t mm_s, const struct wheel *wheel, uint32_t sample_ms) {
  bool same = ticks == guard->ticks;
  int32_t more = (int32_t)((uint32_t)ticks - (uint32_t)guard->ticks);
  guard->ticks = ticks;
  guard->behind_nm = behind_nm(guard->behind_nm, wheel->expected_um_s, more, sample_ms);
  guard->behind_ms = held(guard->behind_ms, guard->behind_nm >= BEHIND_MAX_NM, sample_ms);
  guard->same_ms = held(guard->same_ms, same, sample_ms);
  guard->stuck_ms =
      held(guard->stuck_ms, same && magnitude(wheel->permille) > MUST_TURN_PERMILLE, sample_ms);
  guard->runaway_ms = held(guard->runaway_ms, magnitude(mm_s) > RUNAWAY_MM_S, sample_ms);
  bool over = magnitude(current_ma) > MOTOR_LIMIT_MA;
  guard->over_current_ms = held(guard->over_current_ms, over, sample_ms);
}

static bool is_stuck(const struct wheel_guard *guard) {
  return guard->stuck_ms >= DEBOUNCE_MS || guard->behind_ms >= BEHIND_MS;
}

uint8_t motor_guard_step(struct motor_guard *guard, const struct drive_pins_in *in,
                         const struct odometry *odometry, const struct drive_motion *motion,
                         uint32_t sample_ms) {
  struct wheel_guard *left = &guard->left;
  struct wheel_guard *right = &guard->right;
  wheel_guard_step(left, in->left_ticks, in->left_ma, odometry->left_mm_s, &motion->left,
                   sample_ms);
  wheel_guard_step(right, in->right_ticks, in->right_ma, odometry->right_mm_s,
                   &motion->right, sample_ms);
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
  if (!is_stuck(left) && !is_stuck(right)) {
    return MOTOR_FAULT_NONE;
  }
  /* One that turns beside it: the other turns too, and has lost its encoder. */
  bool both_stand = left->same_ms >= DEBOUNCE_MS && right->same_ms >= DEBOUNCE_MS;
  return both_stand ? MOTOR_FAULT_STALLED : MOTOR_FAULT_ENCODER_LOST;
}
