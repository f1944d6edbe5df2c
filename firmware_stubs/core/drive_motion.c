/* SPDX-License-Identifier: Apache-2.0 */
#include "drive_motion.h"

#include <string.h>

#include "limited.h"
#include "limits.h"

/* The turn must fall faster at the wheel (1500 mm/s2) than the speed rises, and rise slower
 * (750 mm/s2) than the speed falls: so no wheel is over its limit on the way from one permitted
 * target to another. */
#define TURN_ACCELERATION_MRAD_S2 3000
#define TURN_DECELERATION_MRAD_S2 6000
#define AT_WHEEL(mrad_s2) ((uint32_t)(mrad_s2) * TRACK_MM / 2000u)
_Static_assert(AT_WHEEL(TURN_DECELERATION_MRAD_S2) >= ACCELERATION_MM_S2, "a turn ends first");
_Static_assert(AT_WHEEL(TURN_ACCELERATION_MRAD_S2) <= DECELERATION_MM_S2, "the speed is down");

/* A motor and the measuring of it lag so far behind: without this the ramp would wind up. */
#define LAG_MS 125
#define GAIN_UPM 150000 /* millionths of a permille for each mm/s */
#define GAIN_UPM_MS 900 /* and for each ms of it */
#define INTEGRAL_MAX_UPM (200 * 1000000)
#define PERMILLE_MAX 1000
#define ERROR_MAX_MM_S 250 /* one reading that came late must not jerk */

/* Towards the target: up at one rate, down to nothing at the other. */
static int32_t ramped(int32_t value, int32_t target, int32_t up, int32_t down) {
  int32_t sign = value < 0 || (value == 0 && target < 0) ? -1 : 1;
  int32_t now = sign * value;
  int32_t end = sign * target;
  if (end >= now) {
    return sign * (end - now > up ? now + up : end);
  }
  int32_t floor = end > 0 ? end : 0;
  return sign * (now - floor > down ? now - down : floor);
}

void motion_aim(struct drive_motion *motion, int32_t speed_mm_s, int32_t turn_mrad_s) {
  int32_t most = (int32_t)SPEED_LIMIT_MM_S;
  int32_t speed = limited(speed_mm_s, most);
  int32_t turn = limited(turn_mrad_s, (int32_t)TURN_LIMIT_MRAD_S);
  int32_t wheel = magnitude(speed) + magnitude(turn) * (int32_t)TRACK_MM / 2000;
  if (wheel > most) {
    speed = speed * most / wheel;
    turn = turn * most / wheel;
  }
  motion->target_mm_s = speed;
  motion->target_mrad_s = turn;
}

/* What was learnt of the motors at one speed is worth less at a lower one: without this a motor
 * that is weak, or a slope, would push on while it should brake. */
static void scale_integral(struct wheel *wheel, int32_t wanted_um_s) {
  int32_t before_um_s = wheel->wanted_um_s;
  wheel->wanted_um_s = wanted_um_s;
  if ((wanted_um_s ^ before_um_s) < 0 || wanted_um_s == 0) {
    wheel->integral_upm = 0;
  } else if (magnitude(wanted_um_s) < magnitude(before_um_s)) {
    wheel->integral_upm =
        (int32_t)((int64_t)wheel->integral_upm * wanted_um_s / before_um_s);
  }
}

static void wheel_step(struct wheel *wheel, int32_t wanted_um_s, int32_t measured_mm_s,
                       int32_t step_ms) {
  scale_integral(wheel, wanted_um_s);
  wheel->expected_um_s += (wanted_um_s - wheel->expected_um_s) / (LAG_MS + step_ms) * step_ms;
  int32_t error_mm_s = limited(wheel->expected_um_s / 1000 - measured_mm_s, ERROR_MAX_MM_S);
  wheel->integral_upm = limited(wheel->integral_upm + error_mm_s * GAIN_UPM_MS * step_ms,
                                INTEGRAL_MAX_UPM);
  int32_t permille = wanted_um_s / (int32_t)MOTOR_FULL_MM_S + wheel->integral_upm / 1000000 +
                     error_mm_s * (GAIN_UPM / 1000) / 1000;
  wheel->permille = (int16_t)limited(permille, PERMILLE_MAX);
}

void motion_step(struct drive_motion *motion, const struct odometry *odometry,
                 uint32_t deceleration_mm_s2, uint32_t step_ms) {
  int32_t ms = (int32_t)step_ms;
  motion->speed_um_s = ramped(motion->speed_um_s, motion->target_mm_s * 1000,
                              (int32_t)ACCELERATION_MM_S2 * ms,
                              (int32_t)deceleration_mm_s2 * ms);
  motion->turn_urad_s =
      ramped(motion->turn_urad_s, motion->target_mrad_s * 1000,
             TURN_ACCELERATION_MRAD_S2 * ms, TURN_DECELERATION_MRAD_S2 * ms);
  int32_t turn_um_s = motion->turn_urad_s * (int32_t)TRACK_MM / 2000;
  wheel_step(&motion->left, motion->speed_um_s - turn_um_s, odometry->left_mm_s, ms);
  wheel_step(&motion->right, motion->speed_um_s + turn_um_s, odometry->right_mm_s, ms);
}

void motion_rest(struct drive_motion *motion) { memset(motion, 0, sizeof *motion); }

bool motion_aims_at_rest(const struct drive_motion *motion) {
  return motion->target_mm_s == 0 && motion->target_mrad_s == 0;
}

bool motion_is_at_rest(const struct drive_motion *motion) {
  return motion->speed_um_s == 0 && motion->turn_urad_s == 0;
}
