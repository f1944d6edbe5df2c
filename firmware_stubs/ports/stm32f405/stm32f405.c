/* SPDX-License-Identifier: Apache-2.0 */
/* An STM32F405 (Cortex-M4) on its internal 16 MHz oscillator: USART1 (PA9, PA10) is the
 * agent's line, USART2 (PA2, PA3) the plant's until the board has pins of its own; TIM2 is the
 * clock, the independent watchdog (IWDG) resets. Source: ST RM0090. -DEMULATED: for QEMU's
 * netduinoplus2, which has neither the reset's cause, the chip's id, its random numbers nor the
 * watchdog, and clocks its timers with 1 GHz.
 *
 * What must hold: the watchdog runs on its own oscillator, and once started is never stopped. */
#include <string.h>

#include "../../core/limits.h"
#include "../cortexm/cortexm.h"
#include "../loop.h"
#include "../ring.h"

#ifndef DOOR_COUNT
#define DOOR_COUNT 8u
#endif

#define CLOCK_HZ 16000000u
#define BAUD 115200u
#define LINES 2u

/* The timer counts so often each millisecond; its prescaler has 16 bits. */
#ifdef EMULATED
#define TIMER_HZ 1000000000u
#define COUNTS_PER_MS 20u
#else
#define TIMER_HZ CLOCK_HZ
#define COUNTS_PER_MS 1u
#endif
#define TIMER_PRESCALE (TIMER_HZ / 1000u / COUNTS_PER_MS - 1u)

#define RCC_AHB1_ENABLE REGISTER(0x40023830u)
#define RCC_APB1_ENABLE REGISTER(0x40023840u)
#define RCC_APB2_ENABLE REGISTER(0x40023844u)
#define RCC_STATUS REGISTER(0x40023874u)
#define GPIOA_ON (1u << 0u)
#define TIM2_ON (1u << 0u)
#define USART2_ON (1u << 17u)
#define USART1_ON (1u << 4u)
#define CAUSE_FORGET (1u << 24u)
#define CAUSE_BROWN_OUT (1u << 25u)
#define CAUSE_PIN (1u << 26u)
#define CAUSE_POWER (1u << 27u)
#define CAUSE_SOFTWARE (1u << 28u)
#define CAUSE_WATCHDOG (1u << 29u)

#define GPIOA_MODE REGISTER(0x40020000u)
#define GPIOA_FUNCTIONS_LOW REGISTER(0x40020020u)
#define GPIOA_FUNCTIONS_HIGH REGISTER(0x40020024u)

#define TIM2_CONTROL REGISTER(0x40000000u)
#define TIM2_EVENT REGISTER(0x40000014u)
#define TIM2_COUNT REGISTER(0x40000024u)
#define TIM2_PRESCALE REGISTER(0x40000028u)
#define TIM2_RELOAD REGISTER(0x4000002Cu)

#define USART(line) ((line) == HAL_LINE_AGENT ? 0x40011000u : 0x40004400u)
#define USART_STATUS(line) REGISTER(USART(line) + 0x00u)
#define USART_DATA(line) REGISTER(USART(line) + 0x04u)
#define USART_BAUD(line) REGISTER(USART(line) + 0x08u)
#define USART_CONTROL(line) REGISTER(USART(line) + 0x0Cu)
#define USART1_INTERRUPT 37u
#define USART2_INTERRUPT 38u
#define RECEIVE_OVERRUN (1u << 3u)
#define RECEIVED (1u << 5u)
#define SEND_EMPTY (1u << 7u)
#define ON_AND_RECEIVING 0x202Cu /* on, sending, receiving, interrupt on what has come */
#define INTERRUPT_SEND_EMPTY (1u << 7u)

#define IWDG_KEY REGISTER(0x40003000u)
#define IWDG_PRESCALE REGISTER(0x40003004u)
#define IWDG_RELOAD REGISTER(0x40003008u)
#define IWDG_STATE REGISTER(0x4000300Cu)
#define IWDG_START 0xCCCCu
#define IWDG_OPEN 0x5555u
#define IWDG_KICK 0xAAAAu
/* Its oscillator (LSI) has 17 to 47 kHz, as a rule 32 (datasheet DS8626). WATCHDOG_MS is the
 * time of the slowest; as a rule it is over after 265 ms, of the fastest after 180 ms. */
#define LSI_SLOWEST_HZ 17000u
#define LSI_FASTEST_HZ 47000u
#define IWDG_DIVIDER 32u
#define IWDG_DIVIDE_BY_32 3u
#define IWDG_COUNTS (WATCHDOG_MS * (LSI_SLOWEST_HZ / IWDG_DIVIDER) / 1000u)
_Static_assert(IWDG_COUNTS <= 4096u, "the counter has 12 bits");
_Static_assert(IWDG_COUNTS * IWDG_DIVIDER / (LSI_FASTEST_HZ / 1000u) >= 4u * STEP_MAX_MS,
               "the fastest leaves time for a few turns of the loop");

#define UNIQUE_ID 0x1FFF7A10u

#define RCC_CONTROL REGISTER(0x40023800u)
#define RCC_PLL REGISTER(0x40023804u)
#define RCC_AHB2_ENABLE REGISTER(0x40023834u)
#define PLL_ON (1u << 24u)
#define PLL_LOCKED (1u << 25u)
/* 16 MHz / 16 * 192 / 4: the 48 MHz that the random numbers need; nothing else runs on it. */
#define PLL_48_MHZ (16u | (192u << 6u) | (4u << 24u))
#define RNG_CLOCK_ON (1u << 6u)
#define RNG_CONTROL REGISTER(0x50060800u)
#define RNG_STATUS REGISTER(0x50060804u)
#define RNG_DATA REGISTER(0x50060808u)
#define RNG_ON (1u << 2u)
#define RNG_READY (1u << 0u)
#define RNG_FAILED 0x66u /* clock or seed, now or before */
#define RNG_LOOKS 10000u /* a number takes 40 of its clocks, the PLL 0.2 ms to lock */

static struct ring received[LINES], to_send[LINES];
static volatile uint32_t overruns[LINES];
static uint8_t reset_cause;
static uint32_t entropy;
static uint8_t unique_id[12];
static uint32_t now_ms, counted;

/* Called with interrupts masked, or from one. QEMU's has no interrupt for an empty register,
 * but one that is always empty. */
static void pump(unsigned line) {
  while (!ring_is_empty(&to_send[line]) && (USART_STATUS(line) & SEND_EMPTY) != 0) {
    USART_DATA(line) = ring_take(&to_send[line]);
  }
  uint32_t more = ring_is_empty(&to_send[line]) ? 0 : INTERRUPT_SEND_EMPTY;
  USART_CONTROL(line) = ON_AND_RECEIVING | more;
}

static void on_usart(unsigned line) {
  uint32_t status = USART_STATUS(line);
  if ((status & (RECEIVED | RECEIVE_OVERRUN)) != 0) {
    /* Reading the data ends both. */
    if (!ring_put(&received[line], (uint8_t)USART_DATA(line))) {
      overruns[line]++;
    }
    if ((status & RECEIVE_OVERRUN) != 0) {
      overruns[line]++;
    }
  }
  pump(line);
}

static void usart1(void) { on_usart(HAL_LINE_AGENT); }
static void usart2(void) { on_usart(HAL_LINE_PLANT); }

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack; /* cppcheck-suppress unusedStructMember ; the chip reads it */
  /* cppcheck-suppress unusedStructMember */
  handler handlers[15u + USART2_INTERRUPT + 1u];
} vectors = {.stack = stack_top,
             .handlers = {[0] = reset_handler,
                          [1] = unexpected_handler,
                          [2] = unexpected_handler,
                          [3] = unexpected_handler,
                          [4] = unexpected_handler,
                          [5] = unexpected_handler,
                          [10] = unexpected_handler,
                          [13] = unexpected_handler,
                          [14] = nothing_handler,
                          [15u + USART1_INTERRUPT] = usart1,
                          [15u + USART2_INTERRUPT] = usart2}};

#ifdef EMULATED
static uint8_t cause_by_chip(void) {
  return ram_outlived() ? RESET_CAUSE_BROWN_OUT : RESET_CAUSE_POWER_ON;
}

static void read_unique_id(void) { memcpy(unique_id, "STM32F405-0", sizeof unique_id); }
#else
static uint8_t cause_by_chip(void) {
  uint32_t status = RCC_STATUS;
  RCC_STATUS = status | CAUSE_FORGET;
  /* In this order: a watchdog's reset shows the pin's flag too, a power-on the supply's. */
  if ((status & CAUSE_WATCHDOG) != 0) {
    return RESET_CAUSE_WATCHDOG;
  }
  if ((status & CAUSE_SOFTWARE) != 0) {
    return RESET_CAUSE_SOFTWARE;
  }
  if ((status & CAUSE_POWER) != 0) {
    return RESET_CAUSE_POWER_ON;
  }
  if ((status & CAUSE_BROWN_OUT) != 0) {
    return RESET_CAUSE_BROWN_OUT;
  }
  return (status & CAUSE_PIN) != 0 ? RESET_CAUSE_PIN : RESET_CAUSE_UNKNOWN;
}

static void read_unique_id(void) {
  for (uint32_t i = 0; i < sizeof unique_id; i++) {
    unique_id[i] = *(const volatile uint8_t *)(UNIQUE_ID + i);
  }
}
#endif

#ifdef EMULATED
static bool draw(uint32_t *number) {
  (void)number;
  return false;
}
#else
static bool draw(uint32_t *number) {
  for (uint32_t looks = 0; looks < RNG_LOOKS; looks++) {
    uint32_t status = RNG_STATUS;
    if ((status & RNG_FAILED) != 0) {
      return false;
    }
    if ((status & RNG_READY) != 0) {
      *number = RNG_DATA;
      return true;
    }
  }
  return false;
}
#endif

/* The first number of the chip's is only there for the second to differ from. Where it fails: what
 * RAM came up with. */
static uint32_t drawn(void) {
  uint32_t first = 0, second = 0;
  RCC_PLL = PLL_48_MHZ;
  RCC_CONTROL |= PLL_ON;
  for (uint32_t looks = 0; looks < RNG_LOOKS && (RCC_CONTROL & PLL_LOCKED) == 0; looks++) {
  }
  RCC_AHB2_ENABLE |= RNG_CLOCK_ON;
  RNG_CONTROL = RNG_ON;
  bool good = draw(&first) && draw(&second) && first != second;
  RNG_CONTROL = 0;
  RCC_AHB2_ENABLE &= ~RNG_CLOCK_ON;
  RCC_CONTROL &= ~PLL_ON;
  return good ? second : ram_entropy();
}

static void start_lines(void) {
  RCC_AHB1_ENABLE |= GPIOA_ON;
  RCC_APB1_ENABLE |= TIM2_ON | USART2_ON;
  RCC_APB2_ENABLE |= USART1_ON;
  /* PA2, PA3, PA9, PA10 to alternate function 7. */
  GPIOA_MODE = (GPIOA_MODE & ~0x003C00F0u) | 0x002800A0u;
  GPIOA_FUNCTIONS_LOW = (GPIOA_FUNCTIONS_LOW & ~0x0000FF00u) | 0x00007700u;
  GPIOA_FUNCTIONS_HIGH = (GPIOA_FUNCTIONS_HIGH & ~0x00000FF0u) | 0x00000770u;
  for (unsigned line = 0; line < LINES; line++) {
    USART_BAUD(line) = (CLOCK_HZ + BAUD / 2u) / BAUD;
    USART_CONTROL(line) = ON_AND_RECEIVING;
  }
  enable_interrupt(USART1_INTERRUPT);
  enable_interrupt(USART2_INTERRUPT);
}

void hal_start(void) {
  reset_cause = told_cause(cause_by_chip());
  read_unique_id();
  start_lines();
  entropy = drawn();
  TIM2_PRESCALE = TIMER_PRESCALE;
  TIM2_RELOAD = UINT32_MAX;
  TIM2_EVENT = 1; /* takes the prescaler over */
  TIM2_CONTROL = 1;
  IWDG_KEY = IWDG_START;
  IWDG_KEY = IWDG_OPEN;
  IWDG_PRESCALE = IWDG_DIVIDE_BY_32;
  IWDG_RELOAD = IWDG_COUNTS - 1u;
  while (IWDG_STATE != 0) { /* both are taken over; until then 0.96 s at most would be its time */
  }
  hal_kick_watchdog();
  start_alarm(CLOCK_HZ);
}

/* The loop asks often enough that the counter never laps it. */
uint32_t hal_now_ms(void) {
  uint32_t passed_ms = (TIM2_COUNT - counted) / COUNTS_PER_MS;
  counted += passed_ms * COUNTS_PER_MS;
  now_ms += passed_ms;
  return now_ms;
}

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

uint32_t hal_entropy(void) { return entropy; }

uint8_t hal_reset_cause(void) { return reset_cause; }

const uint8_t *hal_unique_id(void) { return unique_id; }

void hal_kick_watchdog(void) { IWDG_KEY = IWDG_KICK; }

_Noreturn void port_main(void) { board_loop(DOOR_COUNT); }
