/* SPDX-License-Identifier: Apache-2.0 */
#include "cortexm.h"

#include <string.h>

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define NVIC_ENABLE(word) REGISTER(0xE000E100u + 4u * (word))
#define RESET_CONTROL REGISTER(0xE000ED0Cu)
#define RESET_REQUEST 0x05FA0004u
#define UNUSED_BYTES 1024u

/* With its complement, so that what RAM holds after power came on is not taken for it. */
struct mark {
  uint32_t cause, complement;
};

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[];
extern uint8_t unused_start[];

__attribute__((section(".noinit"))) static struct kept kept[KEPT_COPIES];
__attribute__((section(".noinit"))) static struct mark mark;

void reset_handler(void) {
  memcpy(data_start, data_load, (size_t)((uintptr_t)data_end - (uintptr_t)data_start));
  memset(bss_start, 0, (size_t)((uintptr_t)bss_end - (uintptr_t)bss_start));
  port_main();
}

/* A fault of the processor. What the pins say is not left to stand until the watchdog's time is
 * over: it resets at once, and says that the program has failed as one that hangs has. Should even
 * that fail, the watchdog is still there. */
void unexpected_handler(void) { reset_with(RESET_CAUSE_WATCHDOG); }

void nothing_handler(void) {}

void start_alarm(uint32_t clock_hz) {
  SYSTICK_RELOAD = clock_hz / 1000u * HAL_WAIT_MAX_MS - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7;
}

void enable_interrupt(unsigned number) { NVIC_ENABLE(number / 32u) = 1u << (number % 32u); }

_Noreturn void reset_with(uint8_t cause) {
  mark = (struct mark){.cause = cause, .complement = ~(uint32_t)cause};
  __asm volatile("dsb" ::: "memory");
  RESET_CONTROL = RESET_REQUEST;
  for (;;) {
  }
}

uint8_t told_cause(uint8_t otherwise) {
  bool was_told = mark.cause == ~mark.complement && mark.cause < RESET_CAUSE_COUNT;
  uint8_t cause = was_told ? (uint8_t)mark.cause : otherwise;
  mark = (struct mark){.cause = 0, .complement = 0};
  return cause;
}

bool ram_outlived(void) { return kept_is_sealed(&kept[0]) || kept_is_sealed(&kept[1]); }

/* What no start has written yet holds what it came up with, on silicon: QEMU's is all 0. */
uint32_t ram_entropy(void) {
  uint32_t mixed = 0x811c9dc5u;
  for (size_t i = 0; i < UNUSED_BYTES; i++) {
    mixed = (mixed ^ *(const volatile uint8_t *)&unused_start[i]) * 0x01000193u;
  }
  return mixed;
}

struct kept *hal_kept(void) { return kept; }

/* It is memory that no start clears: it only has to be there before anything that comes later. */
void hal_keep(unsigned copy) {
  (void)copy;
  __asm volatile("dsb" ::: "memory");
}

/* An interrupt that comes between the loop's last look and here is pending: wfi returns at
 * once. */
void hal_wait(void) { __asm volatile("wfi"); }

bool hal_has_loader(void) { return false; }

void hal_enter_loader(void) { hal_reset(); }

void hal_reset(void) { reset_with(RESET_CAUSE_SOFTWARE); }
