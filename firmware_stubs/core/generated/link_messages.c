/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#include "link_messages.h"

#include <string.h>

#include "../bytes.h"

size_t open_encode(const struct open *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->agent_nonce, 4);
  at += put_le(&out[at], (uint32_t)message->safety_hash, 4);
  at += put_le(&out[at], (uint32_t)message->protocol_minor, 1);
  return at;
}

enum decoded open_decode(
    const uint8_t *payload, size_t length, struct open *message) {
  if (length < 9u) {
    return DECODED_SHORT;
  }
  message->agent_nonce = (uint32_t)get_le(&payload[0], 4);
  message->safety_hash = (uint32_t)get_le(&payload[4], 4);
  message->protocol_minor = (uint8_t)get_le(&payload[8], 1);
  return DECODED_OK;
}

size_t hello_encode(const struct hello *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->session, 4);
  at += put_le(&out[at], (uint32_t)message->board_kind, 1);
  at += put_le(&out[at], (uint32_t)message->protocol_minor, 1);
  at += put_le(&out[at], (uint32_t)message->schema_hash, 4);
  at += put_le(&out[at], (uint32_t)message->safety_hash, 4);
  at += put_le(&out[at], (uint32_t)message->hardware_revision, 1);
  at += put_le(&out[at], (uint32_t)message->firmware_major, 1);
  at += put_le(&out[at], (uint32_t)message->firmware_minor, 1);
  at += put_le(&out[at], (uint32_t)message->firmware_patch, 1);
  memcpy(&out[at], message->git, 12);
  at += 12;
  memcpy(&out[at], message->unique_id, 12);
  at += 12;
  at += put_le(&out[at], (uint32_t)message->reset_cause, 1);
  at += put_le(&out[at], (uint32_t)message->boot_count, 4);
  at += put_le(&out[at], (uint32_t)message->speed_limit_mm_s, 2);
  at += put_le(&out[at], (uint32_t)message->door_count, 1);
  at += put_le(&out[at], (uint32_t)message->has_loader, 1);
#if PROTOCOL_MINOR >= 1
  at += put_le(&out[at], (uint32_t)message->command_timeout_ms, 2);
#endif
  return at;
}

enum decoded hello_decode(
    const uint8_t *payload, size_t length, struct hello *message) {
  if (length < 51u) {
    return DECODED_SHORT;
  }
  message->session = (uint32_t)get_le(&payload[0], 4);
  message->board_kind = (uint8_t)get_le(&payload[4], 1);
  message->protocol_minor = (uint8_t)get_le(&payload[5], 1);
  message->schema_hash = (uint32_t)get_le(&payload[6], 4);
  message->safety_hash = (uint32_t)get_le(&payload[10], 4);
  message->hardware_revision = (uint8_t)get_le(&payload[14], 1);
  message->firmware_major = (uint8_t)get_le(&payload[15], 1);
  message->firmware_minor = (uint8_t)get_le(&payload[16], 1);
  message->firmware_patch = (uint8_t)get_le(&payload[17], 1);
  memcpy(message->git, &payload[18], 12);
  memcpy(message->unique_id, &payload[30], 12);
  message->reset_cause = (uint8_t)get_le(&payload[42], 1);
  message->boot_count = (uint32_t)get_le(&payload[43], 4);
  message->speed_limit_mm_s = (uint16_t)get_le(&payload[47], 2);
  message->door_count = (uint8_t)get_le(&payload[49], 1);
  message->has_loader = (uint8_t)get_le(&payload[50], 1);
  message->command_timeout_ms = 250;
#if PROTOCOL_MINOR >= 1
  if (length >= 53u) {
    message->command_timeout_ms = (uint16_t)get_le(&payload[51], 2);
  }
#endif
  if (message->door_count > 64 ||
      message->has_loader > 1) {
    return DECODED_RANGE;
  }
  return DECODED_OK;
}

size_t ack_encode(const struct ack *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->command_sequence, 4);
  at += put_le(&out[at], (uint32_t)message->command_type, 1);
  at += put_le(&out[at], (uint32_t)message->result, 1);
  return at;
}

enum decoded ack_decode(
    const uint8_t *payload, size_t length, struct ack *message) {
  if (length < 6u) {
    return DECODED_SHORT;
  }
  message->command_sequence = (uint32_t)get_le(&payload[0], 4);
  message->command_type = (uint8_t)get_le(&payload[4], 1);
  message->result = (uint8_t)get_le(&payload[5], 1);
  return DECODED_OK;
}

size_t event_encode(const struct event *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->number, 4);
  at += put_le(&out[at], (uint32_t)message->event_kind, 1);
  at += put_le(&out[at], (uint32_t)message->subject, 1);
  at += put_le(&out[at], (uint32_t)message->value, 4);
  at += put_le(&out[at], (uint32_t)message->at_ms, 4);
  return at;
}

enum decoded event_decode(
    const uint8_t *payload, size_t length, struct event *message) {
  if (length < 14u) {
    return DECODED_SHORT;
  }
  message->number = (uint32_t)get_le(&payload[0], 4);
  message->event_kind = (uint8_t)get_le(&payload[4], 1);
  message->subject = (uint8_t)get_le(&payload[5], 1);
  message->value = (int32_t)get_le(&payload[6], 4);
  message->at_ms = (uint32_t)get_le(&payload[10], 4);
  return DECODED_OK;
}

size_t event_ack_encode(const struct event_ack *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->number, 4);
  return at;
}

enum decoded event_ack_decode(
    const uint8_t *payload, size_t length, struct event_ack *message) {
  if (length < 4u) {
    return DECODED_SHORT;
  }
  message->number = (uint32_t)get_le(&payload[0], 4);
  return DECODED_OK;
}

size_t link_report_encode(const struct link_report *message, uint8_t *out) {
  size_t at = 0;
  at += put_le(&out[at], (uint32_t)message->frames, 4);
  at += put_le(&out[at], (uint32_t)message->crc_errors, 4);
  at += put_le(&out[at], (uint32_t)message->cobs_errors, 4);
  at += put_le(&out[at], (uint32_t)message->too_long, 4);
  at += put_le(&out[at], (uint32_t)message->overruns, 4);
  at += put_le(&out[at], (uint32_t)message->dropped, 4);
  at += put_le(&out[at], (uint32_t)message->refused, 4);
  at += put_le(&out[at], (uint32_t)message->loop_max_ms, 2);
  return at;
}

enum decoded link_report_decode(
    const uint8_t *payload, size_t length, struct link_report *message) {
  if (length < 30u) {
    return DECODED_SHORT;
  }
  message->frames = (uint32_t)get_le(&payload[0], 4);
  message->crc_errors = (uint32_t)get_le(&payload[4], 4);
  message->cobs_errors = (uint32_t)get_le(&payload[8], 4);
  message->too_long = (uint32_t)get_le(&payload[12], 4);
  message->overruns = (uint32_t)get_le(&payload[16], 4);
  message->dropped = (uint32_t)get_le(&payload[20], 4);
  message->refused = (uint32_t)get_le(&payload[24], 4);
  message->loop_max_ms = (uint16_t)get_le(&payload[28], 2);
  return DECODED_OK;
}

size_t ping_encode(const struct ping *message, uint8_t *out) {
  (void)message;
  (void)out;
  return 0;
}

enum decoded ping_decode(
    const uint8_t *payload, size_t length, struct ping *message) {
  (void)payload;
  (void)length;
  message->nothing = 0;
  return DECODED_OK;
}

size_t enter_loader_encode(const struct enter_loader *message, uint8_t *out) {
  (void)message;
  (void)out;
  return 0;
}

enum decoded enter_loader_decode(
    const uint8_t *payload, size_t length, struct enter_loader *message) {
  (void)payload;
  (void)length;
  message->nothing = 0;
  return DECODED_OK;
}
