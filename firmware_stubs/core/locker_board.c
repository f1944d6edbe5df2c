/* SPDX-License-Identifier: Apache-2.0 */
#include "locker_board.h"

#include <string.h>

#include "generated/locker_messages.h"
#include "generated/words.h"
#include "limits.h"

#define REPORT_MS 200u

static bool bit_of(const uint8_t *bits, size_t number) {
  return ((bits[number / 8u] >> (number % 8u)) & 1u) != 0;
}

static void set_bit(uint8_t *bits, size_t number, bool to) {
  uint8_t mask = (uint8_t)(1u << (number % 8u));
  bits[number / 8u] = (uint8_t)(to ? bits[number / 8u] | mask : bits[number / 8u] & ~mask);
}

static void mark_forced(struct locker_board *board, uint8_t door, bool forced) {
  set_bit(board->link.kept->forced, door, forced);
  kept_seal(board->link.kept);
}

static uint8_t unlock(struct locker_board *board, const struct frame *frame) {
  struct unlock message;
  if (unlock_decode(frame->payload, frame->length, &message) != DECODED_OK ||
      message.door >= board->door_count) {
    return RESULT_OUT_OF_RANGE;
  }
  return door_unlock(&board->doors[message.door], message.hold_ms, board->standing,
                     &board->coils);
}

static uint8_t lock(struct locker_board *board, const struct frame *frame) {
  struct lock message;
  if (lock_decode(frame->payload, frame->length, &message) != DECODED_OK ||
      message.door >= board->door_count) {
    return RESULT_OUT_OF_RANGE;
  }
  door_lock(&board->doors[message.door]);
  return RESULT_DONE;
}

static uint8_t forgive(struct locker_board *board, const struct frame *frame) {
  struct forgive_forced message;
  if (forgive_forced_decode(frame->payload, frame->length, &message) != DECODED_OK ||
      message.door >= board->door_count) {
    return RESULT_OUT_OF_RANGE;
  }
  uint8_t result = door_forgive(&board->doors[message.door]);
  if (result == RESULT_DONE) {
    mark_forced(board, message.door, false);
  }
  return result;
}

static uint8_t answer_entry(struct locker_board *board, const struct frame *frame) {
  struct keypad_result message;
  if (keypad_result_decode(frame->payload, frame->length, &message) != DECODED_OK) {
    return RESULT_OUT_OF_RANGE;
  }
  return keypad_answer(&board->keypad, board->link.kept, message.entry, message.accepted != 0);
}

static bool are_doors_shut(const struct locker_board *board) {
  for (size_t i = 0; i < board->door_count; i++) {
    if (!door_is_shut(&board->doors[i])) {
      return false;
    }
  }
  return true;
}

/* New firmware only where nobody is served and nothing moves. */
static uint8_t enter_loader(struct locker_board *board) {
  if (!board->link.identity.has_loader) {
    return RESULT_UNSUPPORTED;
  }
  if (!board->standing || !are_doors_shut(board)) {
    return RESULT_WRONG_STATE;
  }
  board->enters_loader = true;
  return RESULT_DONE;
}

static uint8_t take_command(void *context, const struct frame *frame, uint32_t now_ms) {
  struct locker_board *board = context;
  (void)now_ms;
  switch (frame->type) {
    case MESSAGE_UNLOCK:
      return unlock(board, frame);
    case MESSAGE_LOCK:
      return lock(board, frame);
    case MESSAGE_FORGIVE_FORCED:
      return forgive(board, frame);
    case MESSAGE_KEYPAD_RESULT:
      return answer_entry(board, frame);
    case MESSAGE_ENTER_LOADER:
      return enter_loader(board);
    default:
      return RESULT_UNKNOWN_MESSAGE;
  }
}

/* Nothing is for a locker that is no command. */
static void take_plain(void *context, const struct frame *frame, uint32_t now_ms) {
  (void)context;
  (void)frame;
  (void)now_ms;
}

/* Doors and keypad go on as they were; who listens anew hears of them at once. */
static void take_opened(void *context, bool granted, uint32_t now_ms) {
  struct locker_board *board = context;
  (void)granted;
  (void)now_ms;
  board->unreported_ms = REPORT_MS;
}

/* A door that was forced stays so over a reset, and whoever listens now hears of it again. */
static void start_doors(struct locker_board *board, uint32_t now_ms) {
  for (uint8_t i = 0; i < board->door_count; i++) {
    bool forced = bit_of(board->link.kept->forced, i);
    door_start(&board->doors[i], i, forced);
    if (forced) {
      link_event(&board->link, EVENT_KIND_DOOR_FORCED, i, FORCED_BEFORE_START, now_ms);
    }
  }
}

/* Nothing reads 1, on no cable: the pins are old. */
static bool is_silent(const struct locker_pins_in *in) {
  uint8_t any = (uint8_t)(in->key | in->standing);
  for (size_t i = 0; i < DOOR_BYTES; i++) {
    any = (uint8_t)(any | in->closed[i] | in->latched[i] | in->occupied[i]);
  }
  return any == 0;
}

/* Whether the sensors of the doors can be believed. Where none of them reads 1, a door that was
 * let open may well be; but two that were not are a cable that is out, whatever other cables
 * say. One alone is not told from one that was broken open, and counts as that. */
static bool is_wired(const struct locker_board *board, const struct locker_pins_in *in) {
  size_t should_be_bolted = 0;
  for (size_t i = 0; i < board->door_count; i++) {
    if (bit_of(in->closed, i) || bit_of(in->latched, i)) {
      return true;
    }
    if (door_should_be_bolted(&board->doors[i])) {
      should_be_bolted++;
    }
  }
  return should_be_bolted < 2u && !is_silent(in);
}

static void step_door(struct locker_board *board, uint8_t number,
                      const struct door_inputs *inputs, uint32_t elapsed_ms,
                      uint32_t now_ms) {
  struct door_event event =
      door_step(&board->doors[number], inputs, &board->coils, elapsed_ms);
  if (event.kind == NO_EVENT) {
    return;
  }
  if (event.kind == EVENT_KIND_DOOR_FORCED) {
    mark_forced(board, number, true);
  }
  link_event(&board->link, event.kind, number, event.value, now_ms);
}

/* The doors take turns, so that each that waits for its coil gets it. */
static void step_doors(struct locker_board *board, const struct locker_pins_in *in,
                       uint32_t elapsed_ms, uint32_t now_ms) {
  struct door_inputs inputs = {.wired = is_wired(board, in), .standing = board->standing};
  if (!inputs.wired) {
    coils_switch_off(&board->coils, board->coils.door);
  }
  for (size_t i = 0; i < board->door_count; i++) {
    uint8_t number = (uint8_t)((board->first_door + i) % board->door_count);
    inputs.closed = bit_of(in->closed, number);
    inputs.latched = bit_of(in->latched, number);
    step_door(board, number, &inputs, elapsed_ms, now_ms);
  }
  if (board->coils.door < board->door_count) {
    board->first_door = (uint8_t)((board->coils.door + 1u) % board->door_count);
  }
}

static void step_keypad(struct locker_board *board, uint8_t key, uint32_t elapsed_ms,
                        uint32_t now_ms) {
  struct keypad *keypad = &board->keypad;
  if (keypad_has_locked(keypad)) {
    link_event(&board->link, EVENT_KIND_KEYPAD_LOCKED, NO_DOOR, (int32_t)keypad->locked_ms,
               now_ms);
  }
  /* Digits are for the agent of a session, and not for a line where there is none. */
  if (keypad_step(keypad, board->link.kept, key, elapsed_ms) && board->link.session != 0) {
    uint8_t payload[KEYPAD_ENTRY_MAX_BYTES];
    size_t length = keypad_entry_encode(&keypad->entry, payload);
    (void)link_send(&board->link, MESSAGE_KEYPAD_ENTRY, payload, length, now_ms);
  }
}

static void report(struct locker_board *board, uint32_t elapsed_ms, uint32_t now_ms) {
  struct locker_report message = {
      .coil = board->coils.door,
      .wrong_entries = board->link.kept->wrong_entries,
      .keypad_locked_ms = board->keypad.locked_ms,
      .inputs = (uint8_t)((board->standing ? LOCKER_INPUTS_STANDING : 0) |
                          (board->keypad.locked_ms > 0 ? LOCKER_INPUTS_KEYPAD_LOCKED : 0)),
  };
  for (size_t i = 0; i < board->door_count; i++) {
    message.doors[i] = door_seen_state(&board->doors[i]);
  }
  memcpy(message.occupied, board->occupied, sizeof message.occupied);
  board->unreported_ms = longer_ms(board->unreported_ms, elapsed_ms);
  if (board->unreported_ms < REPORT_MS &&
      memcmp(message.doors, board->reported, sizeof board->reported) == 0) {
    return;
  }
  uint8_t payload[LOCKER_REPORT_MAX_BYTES];
  size_t length = locker_report_encode(&message, payload);
  (void)link_send(&board->link, MESSAGE_LOCKER_REPORT, payload, length, now_ms);
  memcpy(board->reported, message.doors, sizeof board->reported);
  board->unreported_ms = 0;
}

static void write_pins(const struct locker_board *board, struct locker_pins_out *out) {
  const struct coils *coils = &board->coils;
  *out = (struct locker_pins_out){
      .unlock_coil = coils->coil == COIL_UNLOCK ? coils->door : (uint8_t)NO_DOOR,
      .lock_coil = coils->coil == COIL_LOCK ? coils->door : (uint8_t)NO_DOOR,
      .doors_shut = are_doors_shut(board),
  };
  for (size_t i = 0; i < board->door_count; i++) {
    const struct door *door = &board->doors[i];
    if (door->state == DOOR_STATE_FORCED || door->was_left_open) {
      out->alarm = 1;
    }
  }
}

void locker_board_start(struct locker_board *board, struct board_identity identity,
                        struct kept *kept, uint32_t now_ms) {
  *board = (struct locker_board){.stepped_ms = now_ms, .unreported_ms = REPORT_MS};
  board->door_count =
      identity.door_count < DOORS_MAX ? identity.door_count : (uint8_t)DOORS_MAX;
  identity.board_kind = BOARD_KIND_LOCKER;
  identity.speed_limit_mm_s = 0;
  identity.door_count = board->door_count;
  const struct link_listener listener = {
      .board = board,
      .command = take_command,
      .plain = take_plain,
      .opened = take_opened,
  };
  link_start(&board->link, &identity, &listener, kept, now_ms);
  coils_start(&board->coils, identity.reset_cause == RESET_CAUSE_POWER_ON);
  keypad_start(&board->keypad, kept);
  start_doors(board, now_ms);
}

void locker_board_receive(struct locker_board *board, const uint8_t *bytes, size_t length,
                          uint32_t now_ms) {
  link_receive(&board->link, bytes, length, now_ms);
}

void locker_board_step(struct locker_board *board, const struct locker_pins_in *in,
                       struct locker_pins_out *out, uint32_t now_ms) {
  uint32_t elapsed_ms = now_ms - board->stepped_ms;
  board->stepped_ms = now_ms;
  board->standing = in->standing != 0;
  for (size_t i = 0; i < board->door_count; i++) {
    set_bit(board->occupied, i, bit_of(in->occupied, i));
  }
  coils_pass(&board->coils, elapsed_ms);
  step_doors(board, in, elapsed_ms, now_ms);
  step_keypad(board, in->key, elapsed_ms, now_ms);
  link_step(&board->link, elapsed_ms, now_ms);
  report(board, elapsed_ms, now_ms);
  write_pins(board, out);
}
