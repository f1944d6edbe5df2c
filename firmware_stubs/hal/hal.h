/* SPDX-License-Identifier: Apache-2.0 */
/* All that a port does for the boards: a clock, two lines, kept memory, a watchdog. The pins are in
 * pins.h. What must hold: nothing here waits but hal_wait, and that no longer than HAL_WAIT_MAX_MS.
 */
#ifndef DROVER_HAL_H
#define DROVER_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/kept.h"

#define HAL_WAIT_MAX_MS 5u

enum hal_line { HAL_LINE_AGENT, HAL_LINE_PLANT };

/* Clock, lines and watchdog are running when it returns; all outputs are off. */
void hal_start(void);

/* From a free-running counter, never from counted interrupts; wraps at 2^32. */
uint32_t hal_now_ms(void);

/* Bytes that have come, at most `capacity`; 0: none. */
size_t hal_receive(enum hal_line line, uint8_t *bytes, size_t capacity);

/* Takes what fits, and says how much; the rest is offered again. */
size_t hal_send(enum hal_line line, const uint8_t *bytes, size_t length);

/* Bytes that came and were lost, so far. */
uint32_t hal_overruns(enum hal_line line);

/* Memory that outlives a reset, and where a port has it a power cut: KEPT_COPIES, as they were
 * found. After a change of one hal_keep writes that one down, before it returns. */
struct kept *hal_kept(void);
void hal_keep(unsigned copy);

/* Another number at each start, as far as the chip has one, also where kept memory is lost. */
uint32_t hal_entropy(void);

/* Why it started: an enum reset_cause. */
uint8_t hal_reset_cause(void);

/* 12 bytes. */
const uint8_t *hal_unique_id(void);

/* Only the control loop does this, once a turn. */
void hal_kick_watchdog(void);

/* Sleeps until something may have come. */
void hal_wait(void);

/* Whether there is a loader of new firmware; starting it does not return. */
bool hal_has_loader(void);
void hal_enter_loader(void);

/* Starts anew; does not return. */
void hal_reset(void);

#endif
