/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of the two boards, as structs: a bought board fills them from its own copper, a board
 * without hardware from its plant (ports/plant_pins.c). What must hold: what cannot be read has its
 * unsafe value. */
#ifndef DROVER_PINS_H
#define DROVER_PINS_H

#include <stdint.h>

#include "../core/generated/plant_messages.h"

void drive_pins_read(struct drive_pins_in *pins, uint32_t now_ms);
void drive_pins_write(const struct drive_pins_out *pins, uint32_t now_ms);
void locker_pins_read(struct locker_pins_in *pins, uint32_t now_ms);
void locker_pins_write(const struct locker_pins_out *pins, uint32_t now_ms);

#endif
