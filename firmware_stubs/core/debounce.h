/* SPDX-License-Identifier: Apache-2.0 */
/* An input that bounces, and times that count up to the end and stay there.
 *
 * What must hold: a value is believed only after it stood still for SENSOR_DEBOUNCE_MS, and
 * before the first such value none is known. */
#ifndef DROVER_DEBOUNCE_H
#define DROVER_DEBOUNCE_H

#include <stdbool.h>
#include <stdint.h>

struct debounced {
  uint8_t value; /* the last that was believed */
  uint8_t seen;  /* last read */
  uint8_t steady_ms;
  bool known;
};

/* Takes one reading, `elapsed_ms` after the one before. */
void debounce(struct debounced *input, uint8_t reading, uint32_t elapsed_ms);

/* There is no reading: none is known until one has stood still anew. */
void debounce_pause(struct debounced *input);

/* The sum, or the highest number: so that what has lasted long never looks young again. */
uint32_t longer_ms(uint32_t lasted_ms, uint32_t elapsed_ms);

#endif
