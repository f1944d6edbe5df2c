/* SPDX-License-Identifier: Apache-2.0 */
#include "odometry.h"

#include "limited.h"
#include "limits.h"

/* Shorter ones would measure the step of the ticks rather than the speed. */
#define SAMPLE_MIN_MS 10u
#define UM_PER_TICK ((int32_t)(1000000u / TICKS_PER_M))
/* More in one window is no speed of ours, and would not fit. */
#define TICKS_MAX 20000
#define WHEEL_MAX_MM_S 30000

_Static_assert(1000000u % TICKS_PER_M == 0u, "a tick is a whole number of micrometres");

static int32_t wheel_mm_s(int32_t from_ticks, int32_t to_ticks, uint32_t took_ms) {
  int32_t ticks = (int32_t)((uint32_t)to_ticks - (uint32_t)from_ticks);
  int32_t um = limited(ticks, TICKS_MAX) * UM_PER_TICK;
  return limited(um / (int32_t)took_ms, WHEEL_MAX_MM_S);
}

static void take_sample(struct odometry *odometry, uint32_t at_ms) {
  odometry->newest = (odometry->newest + 1u) % ODOMETRY_SAMPLES;
  odometry->samples[odometry->newest] =
      (struct odometry_sample){odometry->left_ticks, odometry->right_ticks, at_ms};
  if (odometry->count < ODOMETRY_SAMPLES) {
    odometry->count++;
  }
}

static void measure(struct odometry *odometry) {
  const struct odometry_sample *newest = &odometry->samples[odometry->newest];
  for (size_t back = odometry->count - 1u; back > 0; back--) {
    const struct odometry_sample *from =
        &odometry->samples[(odometry->newest + ODOMETRY_SAMPLES - back) % ODOMETRY_SAMPLES];
    uint32_t took_ms = newest->at_ms - from->at_ms;
    if (took_ms <= ODOMETRY_WINDOW_MS || back == 1u) {
      odometry->left_mm_s = wheel_mm_s(from->left_ticks, newest->left_ticks, took_ms);
      odometry->right_mm_s = wheel_mm_s(from->right_ticks, newest->right_ticks, took_ms);
      return;
    }
  }
}

static bool is_slow(int32_t mm_s) { return magnitude(mm_s) < (int32_t)STANDING_MM_S; }

void odometry_hear(struct odometry *odometry, int32_t left_ticks, int32_t right_ticks,
                   uint32_t at_ms) {
  const struct odometry_sample *newest = &odometry->samples[odometry->newest];
  odometry->left_ticks = left_ticks;
  odometry->right_ticks = right_ticks;
  if (odometry->count == 0u || at_ms - newest->at_ms >= SAMPLE_MIN_MS) {
    take_sample(odometry, at_ms);
    measure(odometry);
  }
  odometry->stands = odometry->count > 1u && is_slow(odometry->left_mm_s) &&
                     is_slow(odometry->right_mm_s);
}

void odometry_lose(struct odometry *odometry) {
  odometry->count = 0;
  odometry->left_mm_s = 0;
  odometry->right_mm_s = 0;
  odometry->stands = false;
}

int16_t odometry_speed_mm_s(const struct odometry *odometry) {
  return (int16_t)((odometry->left_mm_s + odometry->right_mm_s) / 2);
}

int16_t odometry_turn_mrad_s(const struct odometry *odometry) {
  int32_t turn = (odometry->right_mm_s - odometry->left_mm_s) * 1000 / (int32_t)TRACK_MM;
  return (int16_t)limited(turn, INT16_MAX);
}
