/* SPDX-License-Identifier: Apache-2.0 */
/* Wheel ticks as speeds. What must hold: counters wrap at 2^32 without a jump (D9); while pins
 * cannot be read nothing is known, and a robot of which nothing is known does not stand. */
#ifndef DROVER_ODOMETRY_H
#define DROVER_ODOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ODOMETRY_SAMPLES 8u
#define ODOMETRY_WINDOW_MS 100u

struct odometry_sample {
  int32_t left_ticks, right_ticks;
  uint32_t at_ms;
};

struct odometry {
  int32_t left_ticks, right_ticks; /* the last that were read */
  struct odometry_sample samples[ODOMETRY_SAMPLES];
  size_t count, newest;
  int32_t left_mm_s, right_mm_s; /* measured */
  bool stands;                   /* as far as is measured */
};

/* `at_ms`: when the ticks were read, which may be some time ago. */
void odometry_hear(struct odometry *odometry, int32_t left_ticks, int32_t right_ticks,
                   uint32_t at_ms);

/* The pins cannot be read: what was measured before counts no longer. */
void odometry_lose(struct odometry *odometry);

int16_t odometry_speed_mm_s(const struct odometry *odometry);
int16_t odometry_turn_mrad_s(const struct odometry *odometry);

#endif
