/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#include "drive_messages.h"

#include <string.h>

#include "../bytes.h"

size_t drive_command_encode(const struct drive_command *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->speed_mm_s, 2);
  at += put_le(&out[at], (uint32_t)message->turn_mrad_s, 2);
  at += put_le(&out[at], (uint32_t)message->ttl_ms, 2);
  at += put_le(&out[at], (uint32_t)message->seen_ms, 4);
  return at;
}

enum decoded drive_command_decode(
    const uint8_t *payload, size_t length, struct drive_command *message) {
  if (length < 10u) {
    return DECODED_SHORT;
  }
  message->speed_mm_s = (int16_t)get_le(&payload[0], 2);
  message->turn_mrad_s = (int16_t)get_le(&payload[2], 2);
  message->ttl_ms = (uint16_t)get_le(&payload[4], 2);
  message->seen_ms = (uint32_t)get_le(&payload[6], 4);
  if (message->speed_mm_s < -3000 ||
      message->speed_mm_s > 3000 ||
      message->turn_mrad_s < -3000 ||
      message->turn_mrad_s > 3000 ||
      message->ttl_ms < 20 ||
      message->ttl_ms > 250) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t arm_encode(const struct arm *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->authority, 1);
  at += put_le(&out[at], (uint32_t)message->stop_cause, 1);
  return at;
}

enum decoded arm_decode(
    const uint8_t *payload, size_t length, struct arm *message) {
  if (length < 2u) {
    return DECODED_SHORT;
  }
  message->authority = (uint8_t)get_le(&payload[0], 1);
  message->stop_cause = (uint8_t)get_le(&payload[1], 1);
  if (message->authority > 2 ||
      message->stop_cause > 15) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t disarm_encode(const struct disarm *message, uint8_t *out) {
  (void)message;
  (void)out;
  return 0;
}

enum decoded disarm_decode(
    const uint8_t *payload, size_t length, struct disarm *message) {
  (void)payload;
  (void)length;
  message->nothing = 0;
  return DECODED_OK;
}

size_t stop_encode(const struct stop *message, uint8_t *out) {
  (void)message;
  (void)out;
  return 0;
}

enum decoded stop_decode(
    const uint8_t *payload, size_t length, struct stop *message) {
  (void)payload;
  (void)length;
  message->nothing = 0;
  return DECODED_OK;
}

size_t set_signals_encode(const struct set_signals *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->light, 1);
  at += put_le(&out[at], (uint32_t)message->horn, 1);
  return at;
}

enum decoded set_signals_decode(
    const uint8_t *payload, size_t length, struct set_signals *message) {
  if (length < 2u) {
    return DECODED_SHORT;
  }
  message->light = (uint8_t)get_le(&payload[0], 1);
  message->horn = (uint8_t)get_le(&payload[1], 1);
  if (message->light > 1 ||
      message->horn > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t set_charging_encode(const struct set_charging *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->on, 1);
  return at;
}

enum decoded set_charging_decode(
    const uint8_t *payload, size_t length, struct set_charging *message) {
  if (length < 1u) {
    return DECODED_SHORT;
  }
  message->on = (uint8_t)get_le(&payload[0], 1);
  if (message->on > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t drive_facts_encode(const struct drive_facts *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->ticks_per_m, 4);
  at += put_le(&out[at], (uint32_t)message->track_mm, 2);
  at += put_le(&out[at], (uint32_t)message->speed_limit_mm_s, 2);
  at += put_le(&out[at], (uint32_t)message->turn_limit_mrad_s, 2);
  at += put_le(&out[at], (uint32_t)message->acceleration_mm_s2, 2);
  at += put_le(&out[at], (uint32_t)message->deceleration_mm_s2, 2);
  at += put_le(&out[at], (uint32_t)message->stop_deceleration_mm_s2, 2);
  return at;
}

enum decoded drive_facts_decode(
    const uint8_t *payload, size_t length, struct drive_facts *message) {
  if (length < 16u) {
    return DECODED_SHORT;
  }
  message->ticks_per_m = (uint32_t)get_le(&payload[0], 4);
  message->track_mm = (uint16_t)get_le(&payload[4], 2);
  message->speed_limit_mm_s = (uint16_t)get_le(&payload[6], 2);
  message->turn_limit_mrad_s = (uint16_t)get_le(&payload[8], 2);
  message->acceleration_mm_s2 = (uint16_t)get_le(&payload[10], 2);
  message->deceleration_mm_s2 = (uint16_t)get_le(&payload[12], 2);
  message->stop_deceleration_mm_s2 = (uint16_t)get_le(&payload[14], 2);
  if (message->ticks_per_m < 1 ||
      message->track_mm < 1 ||
      message->acceleration_mm_s2 < 1 ||
      message->deceleration_mm_s2 < 1 ||
      message->stop_deceleration_mm_s2 < 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t drive_state_report_encode(const struct drive_state_report *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->drive_state, 1);
  at += put_le(&out[at], (uint32_t)message->stop_cause, 1);
  at += put_le(&out[at], (uint32_t)message->inputs, 1);
  at += put_le(&out[at], (uint32_t)message->left_ticks, 4);
  at += put_le(&out[at], (uint32_t)message->right_ticks, 4);
  at += put_le(&out[at], (uint32_t)message->speed_mm_s, 2);
  at += put_le(&out[at], (uint32_t)message->turn_mrad_s, 2);
  at += put_le(&out[at], (uint32_t)message->left_permille, 2);
  at += put_le(&out[at], (uint32_t)message->right_permille, 2);
  at += put_le(&out[at], (uint32_t)message->free_ahead_mm, 2);
  at += put_le(&out[at], (uint32_t)message->accepted_sequence, 4);
#if PROTOCOL_MINOR >= 1
  at += put_le(&out[at], (uint32_t)message->motor_fault, 1);
#endif
  return at;
}

enum decoded drive_state_report_decode(
    const uint8_t *payload, size_t length, struct drive_state_report *message) {
  if (length < 25u) {
    return DECODED_SHORT;
  }
  message->drive_state = (uint8_t)get_le(&payload[0], 1);
  message->stop_cause = (uint8_t)get_le(&payload[1], 1);
  message->inputs = (uint8_t)get_le(&payload[2], 1);
  message->left_ticks = (int32_t)get_le(&payload[3], 4);
  message->right_ticks = (int32_t)get_le(&payload[7], 4);
  message->speed_mm_s = (int16_t)get_le(&payload[11], 2);
  message->turn_mrad_s = (int16_t)get_le(&payload[13], 2);
  message->left_permille = (int16_t)get_le(&payload[15], 2);
  message->right_permille = (int16_t)get_le(&payload[17], 2);
  message->free_ahead_mm = (uint16_t)get_le(&payload[19], 2);
  message->accepted_sequence = (uint32_t)get_le(&payload[21], 4);
  message->motor_fault = 0;
#if PROTOCOL_MINOR >= 1
  if (length >= 26u) {
    message->motor_fault = (uint8_t)get_le(&payload[25], 1);
  }
#endif
  return DECODED_OK;
}

size_t battery_report_encode(const struct battery_report *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->voltage_mv, 2);
  at += put_le(&out[at], (uint32_t)message->current_ma, 4);
  at += put_le(&out[at], (uint32_t)message->charge_permille, 2);
  at += put_le(&out[at], (uint32_t)message->health_permille, 2);
  at += put_le(&out[at], (uint32_t)message->temperature_dc, 2);
  at += put_le(&out[at], (uint32_t)message->battery_flags, 1);
  return at;
}

enum decoded battery_report_decode(
    const uint8_t *payload, size_t length, struct battery_report *message) {
  if (length < 13u) {
    return DECODED_SHORT;
  }
  message->voltage_mv = (uint16_t)get_le(&payload[0], 2);
  message->current_ma = (int32_t)get_le(&payload[2], 4);
  message->charge_permille = (uint16_t)get_le(&payload[6], 2);
  message->health_permille = (uint16_t)get_le(&payload[8], 2);
  message->temperature_dc = (int16_t)get_le(&payload[10], 2);
  message->battery_flags = (uint8_t)get_le(&payload[12], 1);
  if (message->charge_permille > 1000 ||
      message->health_permille > 1000) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}
