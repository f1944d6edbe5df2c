/* SPDX-License-Identifier: Apache-2.0 */
/* Receive, step, send, kick, wait: the control loop of both boards, on every port.
 *
 * What must hold: a turn is bounded whatever comes over the line, and the watchdog is kicked
 * here and nowhere else, after a whole turn. */
#include "loop.h"

#include <string.h>

#include "../hal/hal.h"
#include "board.h"

/* 0: no real board. */
#ifndef HARDWARE_REVISION
#define HARDWARE_REVISION 0u
#endif

#define CHUNK_BYTES 256u
/* What a turn takes off the line at most; at 115200 baud four turns' worth. */
#define CHUNKS_MAX 4u

static uint8_t out[CHUNK_BYTES];
static size_t out_at, out_length;

static void receive(uint32_t now_ms) {
  uint8_t bytes[CHUNK_BYTES];
  for (unsigned chunk = 0; chunk < CHUNKS_MAX; chunk++) {
    size_t length = hal_receive(HAL_LINE_AGENT, bytes, sizeof bytes);
    if (length == 0) {
      return;
    }
    board_receive(bytes, length, now_ms);
  }
}

/* True when nothing is left. */
static bool send(struct link *link) {
  for (unsigned chunk = 0; chunk <= LINK_OUT_BYTES / CHUNK_BYTES; chunk++) {
    if (out_at == out_length) {
      out_at = 0;
      out_length = link_take(link, out, sizeof out);
    }
    if (out_length == 0) {
      return true;
    }
    size_t taken = hal_send(HAL_LINE_AGENT, &out[out_at], out_length - out_at);
    if (taken == 0) {
      return false;
    }
    out_at += taken;
  }
  return false;
}

/* One copy is whole at any time, and both are the same when it is done. */
static void keep_changes(const struct kept *kept, struct kept *copies) {
  for (unsigned copy = 0; copy < KEPT_COPIES; copy++) {
    if (memcmp(kept, &copies[copy], sizeof *kept) != 0) {
      copies[copy] = *kept;
      hal_keep(copy);
    }
  }
}

_Noreturn void board_loop(uint8_t door_count) {
  hal_start();
  struct kept *copies = hal_kept();
  static struct kept kept;
  kept_open(&kept, copies);
  struct board_identity identity = {.board_kind = board_kind,
                                    .hardware_revision = HARDWARE_REVISION,
                                    .reset_cause = hal_reset_cause(),
                                    .entropy = hal_entropy(),
                                    .door_count = door_count,
                                    .has_loader = hal_has_loader() ? 1u : 0u};
  memcpy(identity.unique_id, hal_unique_id(), sizeof identity.unique_id);
  board_start(&identity, &kept, hal_now_ms());
  for (;;) {
    uint32_t now_ms = hal_now_ms();
    board_link()->overruns = hal_overruns(HAL_LINE_AGENT);
    receive(now_ms);
    board_step(now_ms);
    /* First written down, then said: what was said outlives a reset. */
    keep_changes(&kept, copies);
    if (send(board_link()) && board_enters_loader()) {
      hal_enter_loader();
    }
    hal_kick_watchdog();
    hal_wait();
  }
}
