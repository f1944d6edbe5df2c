/* SPDX-License-Identifier: Apache-2.0 */
/* The coils of all locks: two a door, one supply.
 *
 * What must hold (L1): at most one coil has current; no longer than LOCK_PULSE_MS, as long as
 * the loop turns every STEP_MAX_MS (where it hangs, the watchdog's reset switches it off);
 * afterwards that door's coils rest LOCK_REST_FACTOR times as long as the pulse was. */
#ifndef DROVER_COILS_H
#define DROVER_COILS_H

#include <stdbool.h>
#include <stdint.h>

#include "kept.h"

#define NO_DOOR 255u

enum coil { COIL_UNLOCK, COIL_LOCK };

struct coils {
  uint8_t door; /* whose coil has current, or NO_DOOR */
  uint8_t coil; /* enum coil */
  uint32_t on_ms;
  uint32_t rest_ms[DOORS_MAX]; /* what is left of it */
};

/* `rested`: no coil can be warm from before the start. */
void coils_start(struct coils *coils, bool rested);

/* Lets time pass; ends a pulse that must not become longer. */
void coils_pass(struct coils *coils, uint32_t elapsed_ms);

bool coils_rested(const struct coils *coils, uint8_t door);

/* False: another coil has current, or this door's rest. */
bool coils_switch_on(struct coils *coils, uint8_t door, enum coil coil);

/* Ends this door's pulse, where it has one. */
void coils_switch_off(struct coils *coils, uint8_t door);

#endif
