/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#ifndef DROVER_LINK_MESSAGES_H
#define DROVER_LINK_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* Begins a session; answered by hello. Whatever was armed is disarmed. */
struct open {
  /* drawn by the agent, another one each time */
  uint32_t agent_nonce;
  /* of the agent's schema */
  uint32_t safety_hash;
  /* the agent's */
  uint8_t protocol_minor;
};
#define OPEN_MAX_BYTES 9u
size_t open_encode(const struct open *message, uint8_t *out);
enum decoded open_decode(
    const uint8_t *payload, size_t length, struct open *message);

/* Who the board is. Sent once after each start (session 0), then as the answer to open (session
   0: the versions do not match). */
struct hello {
  /* of all further frames; 0: none */
  uint32_t session;
  /* enum board_kind */
  uint8_t board_kind;
  /* the board's */
  uint8_t protocol_minor;
  /* of all messages */
  uint32_t schema_hash;
  /* of the safety messages */
  uint32_t safety_hash;
  uint8_t hardware_revision;
  uint8_t firmware_major;
  uint8_t firmware_minor;
  uint8_t firmware_patch;
  /* commit the firmware was built from */
  uint8_t git[12];
  /* of the chip */
  uint8_t unique_id[12];
  /* enum reset_cause */
  uint8_t reset_cause;
  /* starts so far, this one included */
  uint32_t boot_count;
  /* what the board enforces; 0: it has no motors */
  uint16_t speed_limit_mm_s;
  /* doors it has */
  uint8_t door_count;
  /* firmware can be loaded over this link */
  uint8_t has_loader;
  /* motors off so long after the last drive command; since minor version 1 */
  uint16_t command_timeout_ms;
};
#define HELLO_MAX_BYTES 53u
size_t hello_encode(const struct hello *message, uint8_t *out);
enum decoded hello_decode(
    const uint8_t *payload, size_t length, struct hello *message);

/* What became of a command; a repeated command gets the same answer and is not done again. */
struct ack {
  /* the command's */
  uint32_t command_sequence;
  /* the command's message id */
  uint8_t command_type;
  /* enum result */
  uint8_t result;
};
#define ACK_MAX_BYTES 6u
size_t ack_encode(const struct ack *message, uint8_t *out);
enum decoded ack_decode(
    const uint8_t *payload, size_t length, struct ack *message);

/* Something that nobody may miss: resent every 200 ms until event_ack, oldest first. */
struct event {
  /* grows by one, over resets too */
  uint32_t number;
  /* enum event_kind */
  uint8_t event_kind;
  /* the door, or 255 */
  uint8_t subject;
  /* see the event */
  int32_t value;
  /* the board's clock when it happened */
  uint32_t at_ms;
};
#define EVENT_MAX_BYTES 14u
size_t event_encode(const struct event *message, uint8_t *out);
enum decoded event_decode(
    const uint8_t *payload, size_t length, struct event *message);

/* Takes all events up to and including this number. */
struct event_ack {
  uint32_t number;
};
#define EVENT_ACK_MAX_BYTES 4u
size_t event_ack_encode(const struct event_ack *message, uint8_t *out);
enum decoded event_ack_decode(
    const uint8_t *payload, size_t length, struct event_ack *message);

/* How the link and the loop are, once a second. */
struct link_report {
  /* good ones */
  uint32_t frames;
  uint32_t crc_errors;
  uint32_t cobs_errors;
  uint32_t too_long;
  /* bytes that the UART lost */
  uint32_t overruns;
  /* own frames that found no room */
  uint32_t dropped;
  /* good ones, but stale, repeated or of another session */
  uint32_t refused;
  /* longest turn of the loop since the last report */
  uint16_t loop_max_ms;
};
#define LINK_REPORT_MAX_BYTES 30u
size_t link_report_encode(const struct link_report *message, uint8_t *out);
enum decoded link_report_decode(
    const uint8_t *payload, size_t length, struct link_report *message);

/* Does nothing but be acknowledged. It does not feed the motors' time-out. */
struct ping {
  uint8_t nothing; /* C knows no empty struct */
};
#define PING_MAX_BYTES 0u
size_t ping_encode(const struct ping *message, uint8_t *out);
enum decoded ping_decode(
    const uint8_t *payload, size_t length, struct ping *message);

/* Starts the loader that takes new firmware; only while disarmed, where there is one. */
struct enter_loader {
  uint8_t nothing; /* C knows no empty struct */
};
#define ENTER_LOADER_MAX_BYTES 0u
size_t enter_loader_encode(const struct enter_loader *message, uint8_t *out);
enum decoded enter_loader_decode(
    const uint8_t *payload, size_t length, struct enter_loader *message);

#endif
