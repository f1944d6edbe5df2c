/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's MPS2 board with its AN385 image (Cortex-M3), as QEMU has it: UART 0 is the agent's
 * line, UART 1 the plant's; the counter of the FPGA's I/O block is the clock; the CMSDK
 * watchdog resets. Sources: Arm DAI 0385 (the image), Arm DDI 0479 (the CMSDK's UART and
 * watchdog).
 *
 * What must hold: the watchdog's first expiry, WATCHDOG_MS after the last kick, resets at once
 * and leaves word of it; should even that fail, its second one resets. */
#include <string.h>

#include "../../core/limits.h"
#include "../cortexm/cortexm.h"
#include "../loop.h"
#include "../ring.h"

#ifndef DOOR_COUNT
#define DOOR_COUNT 8u
#endif

#define CLOCK_HZ 25000000u
#define BAUD 115200u
#define LINES 2u

#define UART(line) (0x40004000u + 0x1000u * (uint32_t)(line))
#define UART_DATA(line) REGISTER(UART(line) + 0x00u)
#define UART_STATE(line) REGISTER(UART(line) + 0x04u)
#define UART_CONTROL(line) REGISTER(UART(line) + 0x08u)
#define UART_INTERRUPT(line) REGISTER(UART(line) + 0x0Cu)
#define UART_DIVIDER(line) REGISTER(UART(line) + 0x10u)
#define SEND_FULL 1u
#define RECEIVE_FULL 2u
#define RECEIVE_OVERRUN 8u
#define ON_WITH_INTERRUPTS 0x0Fu
#define SENT 1u
#define RECEIVED 2u

#define COUNTER REGISTER(0x40028018u)
#define COUNTER_PRESCALE REGISTER(0x4002801Cu)

#define WATCHDOG_LOAD REGISTER(0x40008000u)
#define WATCHDOG_CONTROL REGISTER(0x40008008u)
#define WATCHDOG_CLEAR REGISTER(0x4000800Cu)
#define WATCHDOG_LOCK REGISTER(0x40008C00u)
#define WATCHDOG_KEY 0x1ACCE551u
#define INTERRUPT_AND_RESET 3u

static struct ring received[LINES], to_send[LINES];
static volatile uint32_t overruns[LINES];
static uint8_t reset_cause;
static uint32_t entropy;

/* Called with interrupts masked, or from one. */
static void pump(unsigned line) {
  while (!ring_is_empty(&to_send[line]) && (UART_STATE(line) & SEND_FULL) == 0) {
    UART_DATA(line) = ring_take(&to_send[line]);
  }
}

static void on_received(unsigned line) {
  UART_INTERRUPT(line) = RECEIVED;
  while ((UART_STATE(line) & RECEIVE_FULL) != 0) {
    if (!ring_put(&received[line], (uint8_t)UART_DATA(line))) {
      overruns[line]++;
    }
  }
  if ((UART_STATE(line) & RECEIVE_OVERRUN) != 0) {
    UART_STATE(line) = RECEIVE_OVERRUN;
    overruns[line]++;
  }
}

static void on_sent(unsigned line) {
  UART_INTERRUPT(line) = SENT;
  pump(line);
}

static void uart0_received(void) { on_received(HAL_LINE_AGENT); }
static void uart0_sent(void) { on_sent(HAL_LINE_AGENT); }
static void uart1_received(void) { on_received(HAL_LINE_PLANT); }
static void uart1_sent(void) { on_sent(HAL_LINE_PLANT); }

/* The watchdog's first expiry. */
static void on_watchdog(void) { reset_with(RESET_CAUSE_WATCHDOG); }

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack; /* cppcheck-suppress unusedStructMember ; the chip reads it */
  /* cppcheck-suppress unusedStructMember */
  handler handlers[19];
} vectors = {stack_top,
             {reset_handler, on_watchdog, unexpected_handler, unexpected_handler,
              unexpected_handler, unexpected_handler, NULL, NULL, NULL, NULL, nothing_handler,
              nothing_handler, NULL, nothing_handler, nothing_handler, uart0_received,
              uart0_sent, uart1_received, uart1_sent}};

void hal_start(void) {
  COUNTER_PRESCALE = 0; /* as fast as it can */
  entropy = ram_entropy() + COUNTER * 0x9e3779b9u;
  COUNTER_PRESCALE = CLOCK_HZ / 1000u - 1u;
  /* Nobody else resets this board: what comes unannounced is the supply. */
  reset_cause = told_cause(ram_outlived() ? RESET_CAUSE_BROWN_OUT : RESET_CAUSE_POWER_ON);
  for (unsigned line = 0; line < LINES; line++) {
    UART_DIVIDER(line) = CLOCK_HZ / BAUD;
    UART_CONTROL(line) = ON_WITH_INTERRUPTS;
    enable_interrupt(2u * line);
    enable_interrupt(2u * line + 1u);
  }
  WATCHDOG_LOCK = WATCHDOG_KEY;
  WATCHDOG_LOAD = CLOCK_HZ / 1000u * WATCHDOG_MS;
  WATCHDOG_CONTROL = INTERRUPT_AND_RESET;
  WATCHDOG_LOCK = 0;
  start_alarm(CLOCK_HZ);
}

uint32_t hal_now_ms(void) { return COUNTER; }

size_t hal_receive(enum hal_line line, uint8_t *bytes, size_t capacity) {
  return ring_take_all(&received[line], bytes, capacity);
}

size_t hal_send(enum hal_line line, const uint8_t *bytes, size_t length) {
  size_t taken = 0;
  mask_interrupts();
  while (taken < length && ring_put(&to_send[line], bytes[taken])) {
    taken++;
  }
  pump(line);
  unmask_interrupts();
  return taken;
}

uint32_t hal_overruns(enum hal_line line) { return overruns[line]; }

/* The board has no source of noise. What differs from start to start is how long the first turns
 * took, at 25 MHz, and what RAM came up with; in QEMU that is all 0, and the clock is the machine's
 * that it runs on. */
uint32_t hal_entropy(void) { return entropy; }

uint8_t hal_reset_cause(void) { return reset_cause; }

const uint8_t *hal_unique_id(void) {
  static const uint8_t unique_id[] = "MPS2-AN385-0"; /* emulated ones are all the same */
  return unique_id;
}

/* It takes a kick only unlocked; locked again, a runaway write cannot switch it off. */
void hal_kick_watchdog(void) {
  WATCHDOG_LOCK = WATCHDOG_KEY;
  WATCHDOG_CLEAR = 1;
  WATCHDOG_LOCK = 0;
}

_Noreturn void port_main(void) { board_loop(DOOR_COUNT); }
