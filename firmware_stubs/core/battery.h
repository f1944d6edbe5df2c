/* SPDX-License-Identifier: Apache-2.0 */
/* The battery as the pins tell it. What must hold: a flag that was raised falls only when the
 * battery is clearly better, so that reports do not chatter (D10). */
#ifndef DROVER_BATTERY_H
#define DROVER_BATTERY_H

#include <stdbool.h>
#include <stdint.h>

#include "generated/drive_messages.h"
#include "generated/plant_messages.h"

struct battery {
  struct battery_report report;
  uint32_t low_ms; /* so long the voltage has been under BROWN_OUT_MV */
};

/* Pins that were read; `charging`: the contactor is closed. */
void battery_step(struct battery *battery, const struct drive_pins_in *in, bool charging,
                  uint32_t step_ms);

/* Too little in it, or too hot, to set off. */
bool battery_refuses(const struct battery *battery);
bool battery_browns_out(const struct battery *battery);

#endif
