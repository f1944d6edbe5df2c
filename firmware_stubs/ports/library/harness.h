/* SPDX-License-Identifier: Apache-2.0 */
/* A board in a shared library, for tests: the clock is an argument, the line is two calls, and
 * the pins are messages of the plant. What must hold: nothing here decides anything. */
#ifndef DROVER_HARNESS_H
#define DROVER_HARNESS_H

#include "../../core/drive_board.h"
#include "../../core/locker_board.h"

struct harness {
  uint8_t kind; /* enum board_kind */
  struct kept kept;
  struct drive_board drive;
  struct locker_board locker;
};

/* A board that has just started; NULL: no memory. `kept`: what it found of both copies,
 * kept_bytes of it (0: nothing); `entropy`: what hal_entropy draws. The caller frees it. */
struct harness *harness_new(uint8_t kind, uint8_t door_count, uint8_t reset_cause,
                            uint8_t has_loader, const uint8_t *kept, size_t kept_bytes,
                            uint32_t entropy, uint32_t now_ms);
void harness_free(struct harness *harness);

void harness_receive(struct harness *harness, const uint8_t *bytes, size_t length,
                     uint32_t now_ms);

/* One turn of the loop. `pins_in`: a payload of drive_pins_in or locker_pins_in; `pins_out` has
 * room for one of the other direction. Its length, or 0: `pins_in` cannot be read. */
size_t harness_step(struct harness *harness, const uint8_t *pins_in, size_t length,
                    uint8_t *pins_out, uint32_t now_ms);

size_t harness_take(struct harness *harness, uint8_t *bytes, size_t capacity);

/* The kept memory, both copies, as a port would write it down: its length. */
size_t harness_kept(const struct harness *harness, uint8_t *bytes);
bool harness_enters_loader(const struct harness *harness);

/* The board's end of the line, for what only a port or a board's inside causes. */
struct link *harness_link(struct harness *harness);
void harness_set_overruns(struct harness *harness, uint32_t overruns);

#endif
