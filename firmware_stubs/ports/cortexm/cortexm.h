/* SPDX-License-Identifier: Apache-2.0 */
/* What all Cortex-M chips have: start-up, SysTick as an alarm clock, interrupts, reset; and
 * what outlives a reset. What must hold: time is never taken from SysTick, which loses ticks
 * whenever an interrupt was held up; it only wakes the loop. */
#ifndef DROVER_CORTEXM_H
#define DROVER_CORTEXM_H

#include <stdint.h>

#include "../../core/generated/words.h"
#include "../../hal/hal.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Runs before .data and .bss are there, which it makes; then the port's main(). */
void reset_handler(void);

/* The port's own; does not return. */
_Noreturn void port_main(void);

/* What a port's vector table begins with, up to SysTick. */
void unexpected_handler(void);
void nothing_handler(void);
extern uint32_t stack_top[];

/* Wakes a waiting loop every HAL_WAIT_MAX_MS. */
void start_alarm(uint32_t clock_hz);

void enable_interrupt(unsigned number);

static inline void mask_interrupts(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void unmask_interrupts(void) { __asm volatile("cpsie i" ::: "memory"); }

/* Resets the chip; `cause` (an enum reset_cause) is found after it. */
_Noreturn void reset_with(uint8_t cause);

/* What reset_with was told, once; `otherwise` where it was not. */
uint8_t told_cause(uint8_t otherwise);

/* Whether RAM is as it was left: the power was not away for long. */
bool ram_outlived(void);

/* A number out of RAM that nobody has written since the power came; the same after a reset. */
uint32_t ram_entropy(void);

#endif
