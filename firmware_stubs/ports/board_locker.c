/* SPDX-License-Identifier: Apache-2.0 */
/* The locker board, for the loop. */
#include "board.h"

#include "../core/locker_board.h"
#include "../hal/pins.h"

const uint8_t board_kind = BOARD_KIND_LOCKER;

static struct locker_board board;

void board_start(const struct board_identity *identity, struct kept *kept, uint32_t now_ms) {
  locker_board_start(&board, *identity, kept, now_ms);
}

void board_receive(const uint8_t *bytes, size_t length, uint32_t now_ms) {
  locker_board_receive(&board, bytes, length, now_ms);
}

void board_step(uint32_t now_ms) {
  struct locker_pins_in in;
  struct locker_pins_out out;
  locker_pins_read(&in, now_ms);
  locker_board_step(&board, &in, &out, now_ms);
  locker_pins_write(&out, now_ms);
}

struct link *board_link(void) { return &board.link; }

bool board_enters_loader(void) { return board.enters_loader; }
