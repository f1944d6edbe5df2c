/* SPDX-License-Identifier: Apache-2.0 */
/* The drive board, for the loop. */
#include "board.h"

#include "../core/drive_board.h"
#include "../hal/pins.h"

const uint8_t board_kind = BOARD_KIND_DRIVE;

static struct drive_board board;

void board_start(const struct board_identity *identity, struct kept *kept, uint32_t now_ms) {
  drive_board_start(&board, *identity, kept, now_ms);
}

void board_receive(const uint8_t *bytes, size_t length, uint32_t now_ms) {
  drive_board_receive(&board, bytes, length, now_ms);
}

void board_step(uint32_t now_ms) {
  struct drive_pins_in in;
  struct drive_pins_out out;
  drive_pins_read(&in, now_ms);
  drive_board_step(&board, &in, &out, now_ms);
  drive_pins_write(&out, now_ms);
}

struct link *board_link(void) { return &board.link; }

bool board_enters_loader(void) { return board.enters_loader; }
