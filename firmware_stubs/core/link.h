/* SPDX-License-Identifier: Apache-2.0 */
/* A board's end of the link to the agent: sessions, commands done once, events that stay.
 *
 * What must hold: a command of another session, major version or safety hash does nothing; a
 * command that comes again is answered again and not done again; only what the board itself
 * takes as a drive command feeds its time-out, nothing in here does; a full line drops
 * telemetry, never an answer's place in the books (the agent asks again). */
#ifndef DROVER_LINK_H
#define DROVER_LINK_H

#include "frame.h"
#include "generated/link_messages.h"
#include "kept.h"

#define LINK_ANSWERED 16u  /* commands whose answers are remembered */
#define LINK_EVENTS 64u    /* events that wait to be taken: the oldest makes room */
#define LINK_OUT_BYTES 1024u
#define EVENT_RESEND_MS 200u
#define LINK_REPORT_MS 1000u

/* What a board is; firmware version and commit come from version.h. */
struct board_identity {
  uint8_t board_kind;
  uint8_t hardware_revision;
  uint8_t unique_id[12];
  uint8_t reset_cause;
  uint32_t entropy; /* drawn at this start, for the numbers of sessions; nobody is told */
  uint16_t speed_limit_mm_s;
  uint8_t door_count;
  uint8_t has_loader;
};

/* What the board does with what is for it. `command` answers an enum result (unknown_message
 * too); it is called once for each command but ping, `payload` not decoded yet. `plain`: any
 * other message of the present session; what the board does not take it counts: `refused`. */
struct link_listener {
  void *board;
  uint8_t (*command)(void *board, const struct frame *frame, uint32_t now_ms);
  void (*plain)(void *board, const struct frame *frame, uint32_t now_ms);
  /* A session was granted (true), or refused for its version (false). Hello is on the line. */
  void (*opened)(void *board, bool granted, uint32_t now_ms);
};

struct link {
  struct board_identity identity;
  struct link_listener listener;
  struct kept *kept;
  struct frame_reader reader;
  uint32_t session;        /* 0: none */
  uint32_t taken_command;  /* sequence of the last command that was taken */
  uint32_t taken_sequence; /* and of the last other frame: a command may have to be resent */
  uint32_t next_sequence;
  struct {
    uint32_t sequence;
    uint8_t type, result;
  } answered[LINK_ANSWERED];
  size_t answered_count, answered_at;
  struct event events[LINK_EVENTS];
  size_t event_count, event_at; /* the oldest is on the line, the others wait behind it */
  uint32_t event_sent_ms;
  uint32_t report_sent_ms;
  uint32_t refused, dropped, overruns;
  uint16_t loop_max_ms;
  uint8_t out[LINK_OUT_BYTES];
  size_t out_length;
};

/* Says hello unasked, and that it booted (an event). `kept` was opened. */
void link_start(struct link *link, const struct board_identity *identity,
                const struct link_listener *listener, struct kept *kept, uint32_t now_ms);

/* Bytes from the line: what is for the board goes to its listener. */
void link_receive(struct link *link, const uint8_t *bytes, size_t length, uint32_t now_ms);

/* Resends events and reports, where due. `turn_ms`: how long the last turn of the loop took. */
void link_step(struct link *link, uint32_t turn_ms, uint32_t now_ms);

/* Puts a message on the line; false: there was no room (counted). */
bool link_send(struct link *link, uint8_t type, const uint8_t *payload, size_t length,
               uint32_t now_ms);

/* Something nobody may miss: enum event_kind, the door or 255. */
void link_event(struct link *link, uint8_t event_kind, uint8_t subject, int32_t value,
                uint32_t now_ms);

/* What is to go out, at most `capacity` bytes: taken away. */
size_t link_take(struct link *link, uint8_t *bytes, size_t capacity);

#endif
