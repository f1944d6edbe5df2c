/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <string.h>

#include "../version.h"
#include "limits.h"

/* Sequences and clocks wrap: the newer is ahead by less than half of all numbers. */
static bool is_newer(uint32_t one, uint32_t than) { return (int32_t)(one - than) > 0; }

/* Not a secret: it only has to be another one each time. All parts and their mixing are one-to-one,
 * so the same nonce played back never gives the same session; and where the counts begin again, the
 * number drawn at the start is another one. */
static uint32_t mixed_session(const struct kept *kept, uint32_t nonce, uint32_t entropy) {
  uint32_t mixed = nonce + kept->sessions * 0x9e3779b9u + kept->boot_count * 0x85ebca6bu;
  mixed ^= entropy;
  mixed = (mixed ^ (mixed >> 16u)) * 0x85ebca6bu;
  mixed = (mixed ^ (mixed >> 13u)) * 0xc2b2ae35u;
  mixed ^= mixed >> 16u;
  return mixed != 0 ? mixed : 1u;
}

static bool send_in(struct link *link, uint32_t session, uint8_t type, const uint8_t *payload,
                    size_t length, uint32_t now_ms) {
  struct frame frame = {.type = type,
                        .major = PROTOCOL_MAJOR,
                        .session = session,
                        .sequence = link->next_sequence,
                        .t_ms = now_ms,
                        .length = length};
  uint8_t wire[FRAME_MAX_WIRE];
  size_t wire_length = 0;
  if (length <= FRAME_MAX_PAYLOAD) {
    memcpy(frame.payload, payload, length);
    wire_length = frame_encode(&frame, wire);
  }
  if (wire_length == 0 || wire_length > LINK_OUT_BYTES - link->out_length) {
    link->dropped++;
    return false;
  }
  memcpy(&link->out[link->out_length], wire, wire_length);
  link->out_length += wire_length;
  link->next_sequence++;
  return true;
}

bool link_send(struct link *link, uint8_t type, const uint8_t *payload, size_t length,
               uint32_t now_ms) {
  return send_in(link, link->session, type, payload, length, now_ms);
}

static void say_hello(struct link *link, uint32_t now_ms) {
  const struct board_identity *identity = &link->identity;
  struct hello hello = {.session = link->session,
                        .board_kind = identity->board_kind,
                        .protocol_minor = PROTOCOL_MINOR,
                        .schema_hash = SCHEMA_HASH,
                        .safety_hash = SAFETY_HASH,
                        .hardware_revision = identity->hardware_revision,
                        .firmware_major = FIRMWARE_MAJOR,
                        .firmware_minor = FIRMWARE_MINOR,
                        .firmware_patch = FIRMWARE_PATCH,
                        .reset_cause = identity->reset_cause,
                        .boot_count = link->kept->boot_count,
                        .speed_limit_mm_s = identity->speed_limit_mm_s,
                        .door_count = identity->door_count,
                        .has_loader = identity->has_loader,
                        .command_timeout_ms = COMMAND_TIMEOUT_MS};
  static const char git[] = FIRMWARE_GIT;
  size_t letters = sizeof git - 1u < sizeof hello.git ? sizeof git - 1u : sizeof hello.git;
  memcpy(hello.git, git, letters);
  memcpy(hello.unique_id, identity->unique_id, sizeof hello.unique_id);
  uint8_t payload[HELLO_MAX_BYTES];
  size_t length = hello_encode(&hello, payload);
  (void)link_send(link, MESSAGE_HELLO, payload, length, now_ms);
}

/* Only the oldest is ever on the line: an agent that takes what it has heard takes nothing that
 * it has missed. */
static void send_oldest_event(struct link *link, uint32_t now_ms) {
  if (link->event_count == 0 || link->session == 0) {
    return;
  }
  uint8_t payload[EVENT_MAX_BYTES];
  size_t length = event_encode(&link->events[link->event_at], payload);
  (void)link_send(link, MESSAGE_EVENT, payload, length, now_ms);
  link->event_sent_ms = now_ms;
}

static void forget_oldest_event(struct link *link) {
  link->event_at = (link->event_at + 1u) % LINK_EVENTS;
  link->event_count--;
}

void link_event(struct link *link, uint8_t event_kind, uint8_t subject, int32_t value,
                uint32_t now_ms) {
  if (link->event_count == LINK_EVENTS) {
    forget_oldest_event(link);
  }
  link->kept->event_number++;
  kept_seal(link->kept);
  link->events[(link->event_at + link->event_count) % LINK_EVENTS] =
      (struct event){.number = link->kept->event_number,
                     .event_kind = event_kind,
                     .subject = subject,
                     .value = value,
                     .at_ms = now_ms};
  link->event_count++;
  if (link->event_count == 1u) {
    send_oldest_event(link, now_ms);
  }
}

static void take_event_ack(struct link *link, const struct frame *frame, uint32_t now_ms) {
  struct event_ack ack;
  if (event_ack_decode(frame->payload, frame->length, &ack) != DECODED_OK) {
    link->refused++;
    return;
  }
  size_t before = link->event_count;
  while (link->event_count > 0 && !is_newer(link->events[link->event_at].number, ack.number)) {
    forget_oldest_event(link);
  }
  if (link->event_count < before) {
    send_oldest_event(link, now_ms);
  }
}

/* Every open gives a new session, one that was played back too: that only disarms. */
static void take_open(struct link *link, const struct frame *frame, uint32_t now_ms) {
  struct open open;
  if (frame->session != 0 ||
      open_decode(frame->payload, frame->length, &open) != DECODED_OK) {
    link->refused++;
    return;
  }
  bool granted = frame->major == PROTOCOL_MAJOR && open.safety_hash == SAFETY_HASH;
  link->session = 0;
  link->answered_count = 0;
  link->answered_at = 0;
  if (granted) {
    link->kept->sessions++;
    kept_seal(link->kept);
    link->session = mixed_session(link->kept, open.agent_nonce, link->identity.entropy);
    link->taken_sequence = frame->sequence;
    link->taken_command = frame->sequence;
  }
  say_hello(link, now_ms);
  link->listener.opened(link->listener.board, granted, now_ms);
  send_oldest_event(link, now_ms);
}

static void answer(struct link *link, uint32_t session, const struct frame *frame,
                   uint8_t result, uint32_t now_ms) {
  struct ack ack = {.command_sequence = frame->sequence,
                    .command_type = frame->type,
                    .result = result};
  uint8_t payload[ACK_MAX_BYTES];
  size_t length = ack_encode(&ack, payload);
  (void)send_in(link, session, MESSAGE_ACK, payload, length, now_ms);
}

/* A command that was answered is answered again, and no more. */
static bool answer_again(struct link *link, const struct frame *frame, uint32_t now_ms) {
  for (size_t i = 0; i < link->answered_count; i++) {
    if (link->answered[i].sequence == frame->sequence &&
        link->answered[i].type == frame->type) {
      answer(link, link->session, frame, link->answered[i].result, now_ms);
      return true;
    }
  }
  return false;
}

static void do_command(struct link *link, const struct frame *frame, uint32_t now_ms) {
  uint8_t result = RESULT_DONE;
  if (frame->type != MESSAGE_PING) {
    result = link->listener.command(link->listener.board, frame, now_ms);
  }
  link->answered[link->answered_at].sequence = frame->sequence;
  link->answered[link->answered_at].type = frame->type;
  link->answered[link->answered_at].result = result;
  link->answered_at = (link->answered_at + 1u) % LINK_ANSWERED;
  if (link->answered_count < LINK_ANSWERED) {
    link->answered_count++;
  }
  answer(link, link->session, frame, result, now_ms);
}

static void take_command(struct link *link, const struct frame *frame, uint32_t now_ms) {
  if (frame->major != PROTOCOL_MAJOR || link->session == 0 ||
      frame->session != link->session) {
    bool same_major = frame->major == PROTOCOL_MAJOR;
    link->refused++;
    answer(link, 0, frame, same_major ? RESULT_BAD_SESSION : RESULT_BAD_VERSION, now_ms);
  } else if (is_newer(frame->sequence, link->taken_command)) {
    link->taken_command = frame->sequence;
    do_command(link, frame, now_ms);
  } else if (!answer_again(link, frame, now_ms)) {
    link->refused++;
  }
}

static void take_unanswered(struct link *link, const struct frame *frame, uint32_t now_ms) {
  if (frame->major != PROTOCOL_MAJOR || link->session == 0 ||
      frame->session != link->session || !is_newer(frame->sequence, link->taken_sequence)) {
    link->refused++;
    return;
  }
  link->taken_sequence = frame->sequence;
  if (frame->type == MESSAGE_EVENT_ACK) {
    take_event_ack(link, frame, now_ms);
  } else {
    link->listener.plain(link->listener.board, frame, now_ms);
  }
}

static void take_frame(struct link *link, const struct frame *frame, uint32_t now_ms) {
  switch (frame->type) {
    case MESSAGE_OPEN:
      take_open(link, frame, now_ms);
      break;
    CASES_UNANSWERED:
      take_unanswered(link, frame, now_ms);
      break;
    CASES_OF_OTHERS: /* another board's talk, or the line's own echo */
      link->refused++;
      break;
    default:
      take_command(link, frame, now_ms);
      break;
  }
}

void link_start(struct link *link, const struct board_identity *identity,
                const struct link_listener *listener, struct kept *kept, uint32_t now_ms) {
  memset(link, 0, sizeof *link);
  link->identity = *identity;
  link->listener = *listener;
  link->kept = kept;
  link->next_sequence = 1;
  link->report_sent_ms = now_ms;
  frame_reader_init(&link->reader);
  say_hello(link, now_ms);
  link_event(link, EVENT_KIND_BOOTED, 255, identity->reset_cause, now_ms);
}

void link_receive(struct link *link, const uint8_t *bytes, size_t length, uint32_t now_ms) {
  struct frame frame;
  for (size_t i = 0; i < length; i++) {
    if (frame_reader_take(&link->reader, bytes[i], &frame)) {
      take_frame(link, &frame, now_ms);
    }
  }
}

static void report(struct link *link, uint32_t now_ms) {
  struct link_report report = {.frames = link->reader.frames,
                               .crc_errors = link->reader.crc_errors,
                               .cobs_errors = link->reader.cobs_errors,
                               .too_long = link->reader.too_long,
                               .overruns = link->overruns,
                               .dropped = link->dropped,
                               .refused = link->refused,
                               .loop_max_ms = link->loop_max_ms};
  uint8_t payload[LINK_REPORT_MAX_BYTES];
  size_t length = link_report_encode(&report, payload);
  (void)link_send(link, MESSAGE_LINK_REPORT, payload, length, now_ms);
  link->report_sent_ms = now_ms;
  link->loop_max_ms = 0;
}

void link_step(struct link *link, uint32_t turn_ms, uint32_t now_ms) {
  if (turn_ms > link->loop_max_ms) {
    link->loop_max_ms = (uint16_t)(turn_ms < UINT16_MAX ? turn_ms : UINT16_MAX);
  }
  if (now_ms - link->event_sent_ms >= EVENT_RESEND_MS) {
    send_oldest_event(link, now_ms);
  }
  if (now_ms - link->report_sent_ms >= LINK_REPORT_MS) {
    report(link, now_ms);
  }
}

size_t link_take(struct link *link, uint8_t *bytes, size_t capacity) {
  size_t taken = capacity < link->out_length ? capacity : link->out_length;
  memcpy(bytes, link->out, taken);
  memmove(link->out, &link->out[taken], link->out_length - taken);
  link->out_length -= taken;
  return taken;
}
