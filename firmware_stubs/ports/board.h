/* SPDX-License-Identifier: Apache-2.0 */
/* What the loop knows of the board it runs: board_drive.c or board_locker.c, one in each
 * image. */
#ifndef DROVER_BOARD_H
#define DROVER_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/link.h"

/* enum board_kind */
extern const uint8_t board_kind;

void board_start(const struct board_identity *identity, struct kept *kept, uint32_t now_ms);
void board_receive(const uint8_t *bytes, size_t length, uint32_t now_ms);

/* Reads the pins, takes one step, writes the pins. */
void board_step(uint32_t now_ms);

struct link *board_link(void);

/* Whether the agent has asked for the loader, and was answered. */
bool board_enters_loader(void);

#endif
