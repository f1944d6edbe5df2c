/* SPDX-License-Identifier: Apache-2.0 */
#include "coils.h"

#include "limits.h"

void coils_start(struct coils *coils, bool rested) {
  *coils = (struct coils){.door = NO_DOOR};
  for (uint8_t door = 0; door < DOORS_MAX && !rested; door++) {
    /* Who knows which coil had current when it was reset, and how long. */
    coils->rest_ms[door] = LOCK_REST_FACTOR * LOCK_PULSE_MS;
  }
}

void coils_pass(struct coils *coils, uint32_t elapsed_ms) {
  for (uint8_t door = 0; door < DOORS_MAX; door++) {
    uint32_t rest_ms = coils->rest_ms[door];
    coils->rest_ms[door] = rest_ms > elapsed_ms ? rest_ms - elapsed_ms : 0;
  }
  if (coils->door == NO_DOOR) {
    return;
  }
  uint32_t left_ms = LOCK_PULSE_MS - coils->on_ms;
  coils->on_ms += elapsed_ms < left_ms ? elapsed_ms : left_ms;
  /* The next turn may come too late to end it in time. */
  if (coils->on_ms + STEP_MAX_MS > LOCK_PULSE_MS) {
    coils_switch_off(coils, coils->door);
  }
}

bool coils_rested(const struct coils *coils, uint8_t door) { return coils->rest_ms[door] == 0; }

bool coils_switch_on(struct coils *coils, uint8_t door, enum coil coil) {
  if (coils->door != NO_DOOR || !coils_rested(coils, door)) {
    return false;
  }
  coils->door = door;
  coils->coil = (uint8_t)coil;
  coils->on_ms = 0;
  return true;
}

void coils_switch_off(struct coils *coils, uint8_t door) {
  if (door == NO_DOOR || coils->door != door) {
    return;
  }
  coils->door = NO_DOOR;
  coils->rest_ms[door] = LOCK_REST_FACTOR * coils->on_ms;
}
