/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#include "plant_messages.h"

#include <string.h>

#include "../bytes.h"

size_t drive_pins_in_encode(const struct drive_pins_in *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->left_ticks, 4);
  at += put_le(&out[at], (uint32_t)message->right_ticks, 4);
  at += put_le(&out[at], (uint32_t)message->inputs, 1);
  at += put_le(&out[at], (uint32_t)message->left_ma, 4);
  at += put_le(&out[at], (uint32_t)message->right_ma, 4);
  at += put_le(&out[at], (uint32_t)message->motor_dc, 2);
  at += put_le(&out[at], (uint32_t)message->battery_mv, 2);
  at += put_le(&out[at], (uint32_t)message->battery_ma, 4);
  at += put_le(&out[at], (uint32_t)message->charge_permille, 2);
  at += put_le(&out[at], (uint32_t)message->health_permille, 2);
  at += put_le(&out[at], (uint32_t)message->battery_dc, 2);
  at += put_le(&out[at], (uint32_t)message->free_ahead_mm, 2);
  at += put_le(&out[at], (uint32_t)message->sampled_ms, 4);
  at += put_le(&out[at], (uint32_t)message->is_read, 1);
  return at;
}

enum decoded drive_pins_in_decode(
    const uint8_t *payload, size_t length, struct drive_pins_in *message) {
  if (length < 38u) {
    return DECODED_SHORT;
  }
  message->left_ticks = (int32_t)get_le(&payload[0], 4);
  message->right_ticks = (int32_t)get_le(&payload[4], 4);
  message->inputs = (uint8_t)get_le(&payload[8], 1);
  message->left_ma = (int32_t)get_le(&payload[9], 4);
  message->right_ma = (int32_t)get_le(&payload[13], 4);
  message->motor_dc = (int16_t)get_le(&payload[17], 2);
  message->battery_mv = (uint16_t)get_le(&payload[19], 2);
  message->battery_ma = (int32_t)get_le(&payload[21], 4);
  message->charge_permille = (uint16_t)get_le(&payload[25], 2);
  message->health_permille = (uint16_t)get_le(&payload[27], 2);
  message->battery_dc = (int16_t)get_le(&payload[29], 2);
  message->free_ahead_mm = (uint16_t)get_le(&payload[31], 2);
  message->sampled_ms = (uint32_t)get_le(&payload[33], 4);
  message->is_read = (uint8_t)get_le(&payload[37], 1);
  if (message->charge_permille > 1000 ||
      message->health_permille > 1000 ||
      message->is_read > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t drive_pins_out_encode(const struct drive_pins_out *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->motors_on, 1);
  at += put_le(&out[at], (uint32_t)message->brake_released, 1);
  at += put_le(&out[at], (uint32_t)message->left_permille, 2);
  at += put_le(&out[at], (uint32_t)message->right_permille, 2);
  at += put_le(&out[at], (uint32_t)message->standing, 1);
  at += put_le(&out[at], (uint32_t)message->light, 1);
  at += put_le(&out[at], (uint32_t)message->horn, 1);
  at += put_le(&out[at], (uint32_t)message->charge_contactor, 1);
  return at;
}

enum decoded drive_pins_out_decode(
    const uint8_t *payload, size_t length, struct drive_pins_out *message) {
  if (length < 10u) {
    return DECODED_SHORT;
  }
  message->motors_on = (uint8_t)get_le(&payload[0], 1);
  message->brake_released = (uint8_t)get_le(&payload[1], 1);
  message->left_permille = (int16_t)get_le(&payload[2], 2);
  message->right_permille = (int16_t)get_le(&payload[4], 2);
  message->standing = (uint8_t)get_le(&payload[6], 1);
  message->light = (uint8_t)get_le(&payload[7], 1);
  message->horn = (uint8_t)get_le(&payload[8], 1);
  message->charge_contactor = (uint8_t)get_le(&payload[9], 1);
  if (message->motors_on > 1 ||
      message->brake_released > 1 ||
      message->standing > 1 ||
      message->light > 1 ||
      message->horn > 1 ||
      message->charge_contactor > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t locker_pins_in_encode(const struct locker_pins_in *message, uint8_t *out) {
  size_t at = 0;
  memcpy(&out[at], message->closed, 8);
  at += 8;
  memcpy(&out[at], message->latched, 8);
  at += 8;
  memcpy(&out[at], message->occupied, 8);
  at += 8;
  at += put_le(&out[at], (uint32_t)message->key, 1);
  at += put_le(&out[at], (uint32_t)message->standing, 1);
  return at;
}

enum decoded locker_pins_in_decode(
    const uint8_t *payload, size_t length, struct locker_pins_in *message) {
  if (length < 26u) {
    return DECODED_SHORT;
  }
  memcpy(message->closed, &payload[0], 8);
  memcpy(message->latched, &payload[8], 8);
  memcpy(message->occupied, &payload[16], 8);
  message->key = (uint8_t)get_le(&payload[24], 1);
  message->standing = (uint8_t)get_le(&payload[25], 1);
  if (message->standing > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t locker_pins_out_encode(const struct locker_pins_out *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->unlock_coil, 1);
  at += put_le(&out[at], (uint32_t)message->lock_coil, 1);
  at += put_le(&out[at], (uint32_t)message->doors_shut, 1);
  at += put_le(&out[at], (uint32_t)message->alarm, 1);
  return at;
}

enum decoded locker_pins_out_decode(
    const uint8_t *payload, size_t length, struct locker_pins_out *message) {
  if (length < 4u) {
    return DECODED_SHORT;
  }
  message->unlock_coil = (uint8_t)get_le(&payload[0], 1);
  message->lock_coil = (uint8_t)get_le(&payload[1], 1);
  message->doors_shut = (uint8_t)get_le(&payload[2], 1);
  message->alarm = (uint8_t)get_le(&payload[3], 1);
  if (message->doors_shut > 1 ||
      message->alarm > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t inject_encode(const struct inject *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->injection, 1);
  return at;
}

enum decoded inject_decode(
    const uint8_t *payload, size_t length, struct inject *message) {
  if (length < 1u) {
    return DECODED_SHORT;
  }
  message->injection = (uint8_t)get_le(&payload[0], 1);
  if (message->injection > 3) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}
