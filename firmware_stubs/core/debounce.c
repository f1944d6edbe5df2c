/* SPDX-License-Identifier: Apache-2.0 */
#include "debounce.h"

#include "limits.h"

void debounce(struct debounced *input, uint8_t reading, uint32_t elapsed_ms) {
  if (reading != input->seen) {
    input->seen = reading;
    input->steady_ms = 0;
    return;
  }
  uint32_t steady_ms = longer_ms(input->steady_ms, elapsed_ms);
  if (steady_ms < SENSOR_DEBOUNCE_MS) {
    input->steady_ms = (uint8_t)steady_ms;
    return;
  }
  input->steady_ms = SENSOR_DEBOUNCE_MS;
  input->value = reading;
  input->known = true;
}

void debounce_pause(struct debounced *input) {
  input->steady_ms = 0;
  input->known = false;
}

uint32_t longer_ms(uint32_t lasted_ms, uint32_t elapsed_ms) {
  return elapsed_ms < UINT32_MAX - lasted_ms ? lasted_ms + elapsed_ms : UINT32_MAX;
}
