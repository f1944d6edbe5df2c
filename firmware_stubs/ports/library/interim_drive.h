/* SPDX-License-Identifier: Apache-2.0 */
/* Until drive_board.c is there. */
#include "../../core/generated/plant_messages.h"
#include "../../core/link.h"
struct drive_board { struct link link; bool enters_loader; };
static inline void drive_board_start(struct drive_board *b, struct board_identity i, struct kept *k, uint32_t n) { (void)b; (void)i; (void)k; (void)n; }
static inline void drive_board_receive(struct drive_board *b, const uint8_t *x, size_t l, uint32_t n) { (void)b; (void)x; (void)l; (void)n; }
static inline void drive_board_step(struct drive_board *b, const struct drive_pins_in *i, struct drive_pins_out *o, uint32_t n) { (void)b; (void)i; (void)n; *o = (struct drive_pins_out){0}; }
