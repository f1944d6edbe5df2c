/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that every port runs. */
#ifndef DROVER_LOOP_H
#define DROVER_LOOP_H

#include <stdint.h>

/* Starts the port and the board; does not return. `door_count`: of a locker, 0 for a drive. */
_Noreturn void board_loop(uint8_t door_count);

#endif
