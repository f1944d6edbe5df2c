/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#include "locker_messages.h"

#include <string.h>

#include "../bytes.h"

size_t unlock_encode(const struct unlock *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->door, 1);
  at += put_le(&out[at], (uint32_t)message->hold_ms, 2);
  return at;
}

enum decoded unlock_decode(
    const uint8_t *payload, size_t length, struct unlock *message) {
  if (length < 3u) {
    return DECODED_SHORT;
  }
  message->door = (uint8_t)get_le(&payload[0], 1);
  message->hold_ms = (uint16_t)get_le(&payload[1], 2);
  if (message->door > 63 ||
      message->hold_ms < 1000 ||
      message->hold_ms > 60000) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t lock_encode(const struct lock *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->door, 1);
  return at;
}

enum decoded lock_decode(
    const uint8_t *payload, size_t length, struct lock *message) {
  if (length < 1u) {
    return DECODED_SHORT;
  }
  message->door = (uint8_t)get_le(&payload[0], 1);
  if (message->door > 63) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t forgive_forced_encode(const struct forgive_forced *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->door, 1);
  return at;
}

enum decoded forgive_forced_decode(
    const uint8_t *payload, size_t length, struct forgive_forced *message) {
  if (length < 1u) {
    return DECODED_SHORT;
  }
  message->door = (uint8_t)get_le(&payload[0], 1);
  if (message->door > 63) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t keypad_result_encode(const struct keypad_result *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->entry, 4);
  at += put_le(&out[at], (uint32_t)message->accepted, 1);
  return at;
}

enum decoded keypad_result_decode(
    const uint8_t *payload, size_t length, struct keypad_result *message) {
  if (length < 5u) {
    return DECODED_SHORT;
  }
  message->entry = (uint32_t)get_le(&payload[0], 4);
  message->accepted = (uint8_t)get_le(&payload[4], 1);
  if (message->accepted > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t locker_report_encode(const struct locker_report *message, uint8_t *out) {
  size_t at = 0;
  memcpy(&out[at], message->doors, 64);
  at += 64;
  memcpy(&out[at], message->occupied, 8);
  at += 8;
  at += put_le(&out[at], (uint32_t)message->coil, 1);
  at += put_le(&out[at], (uint32_t)message->wrong_entries, 1);
  at += put_le(&out[at], (uint32_t)message->keypad_locked_ms, 4);
  at += put_le(&out[at], (uint32_t)message->inputs, 1);
  return at;
}

enum decoded locker_report_decode(
    const uint8_t *payload, size_t length, struct locker_report *message) {
  if (length < 79u) {
    return DECODED_SHORT;
  }
  memcpy(message->doors, &payload[0], 64);
  memcpy(message->occupied, &payload[64], 8);
  message->coil = (uint8_t)get_le(&payload[72], 1);
  message->wrong_entries = (uint8_t)get_le(&payload[73], 1);
  message->keypad_locked_ms = (uint32_t)get_le(&payload[74], 4);
  message->inputs = (uint8_t)get_le(&payload[78], 1);
  return DECODED_OK;
}

size_t keypad_entry_encode(const struct keypad_entry *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->entry, 4);
  memcpy(&out[at], message->digits, 12);
  at += 12;
  at += put_le(&out[at], (uint32_t)message->end_key, 1);
  return at;
}

enum decoded keypad_entry_decode(
    const uint8_t *payload, size_t length, struct keypad_entry *message) {
  if (length < 17u) {
    return DECODED_SHORT;
  }
  message->entry = (uint32_t)get_le(&payload[0], 4);
  memcpy(message->digits, &payload[4], 12);
  message->end_key = (uint8_t)get_le(&payload[16], 1);
  return DECODED_OK;
}
