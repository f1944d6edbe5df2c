/* SPDX-License-Identifier: Apache-2.0 */
/* Until locker_board.c is there. */
#include "../../core/generated/plant_messages.h"
#include "../../core/link.h"
struct locker_board { struct link link; bool enters_loader; };
static inline void locker_board_start(struct locker_board *b, struct board_identity i, struct kept *k, uint32_t n) { (void)b; (void)i; (void)k; (void)n; }
static inline void locker_board_receive(struct locker_board *b, const uint8_t *x, size_t l, uint32_t n) { (void)b; (void)x; (void)l; (void)n; }
static inline void locker_board_step(struct locker_board *b, const struct locker_pins_in *i, struct locker_pins_out *o, uint32_t n) { (void)b; (void)i; (void)n; *o = (struct locker_pins_out){0}; }
