/* SPDX-License-Identifier: Apache-2.0 */
/* For libFuzzer: the input is a play with one board: bytes and frames on its line, pins, time,
 * resets. What must hold after each step is in check_drive, check_locker and check_link. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../core/limits.h"
#include "../ports/library/harness.h"

#define ANY_ACT 8u
#define MOST_ACTS 4000u
/* With one of these missing no motor is on in the step that sees it; a tilt has to last. */
#define STOPPERS \
  (DRIVE_INPUTS_E_STOP_CLEAR | DRIVE_INPUTS_BUMPER_CLEAR | DRIVE_INPUTS_DOORS_SHUT)

enum act { ACT_NOISE, ACT_FRAME, ACT_OPEN, ACT_PIN, ACT_PINS, ACT_STEPS, ACT_LATE, ACT_RESET };

struct script {
  const uint8_t *at;
  size_t left;
};

struct play {
  struct harness *board;
  uint8_t door_count;
  uint32_t now_ms, heard_ms, coil_ms;
  uint32_t sequence;
  uint8_t unlock_coil, lock_coil; /* after the last step */
  struct drive_pins_in drive_pins;
  struct locker_pins_in locker_pins;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Beyond its end the script has zeros. */
static uint8_t next(struct script *script) {
  if (script->left == 0) {
    return 0;
  }
  script->left--;
  return *script->at++;
}

static void fill(struct script *script, void *bytes, size_t length) {
  uint8_t *out = bytes;
  for (size_t i = 0; i < length; i++) {
    out[i] = next(script);
  }
}

static void check_link(struct play *play) {
  const struct link *link = harness_link(play->board);
  assert(link->out_length <= LINK_OUT_BYTES);
  assert(link->event_count <= LINK_EVENTS);
  assert(link->answered_count <= LINK_ANSWERED);
  assert(kept_is_sealed(&play->board->kept));
}

static void check_drive(const struct play *play, const struct drive_pins_out *out) {
  const struct drive *drive = &play->board->drive.drive;
  bool holds = drive->state == DRIVE_STATE_ARMED || drive->state == DRIVE_STATE_MOVING;
  assert(drive->state < DRIVE_STATE_COUNT && drive->stop_cause < STOP_CAUSE_COUNT);
  if (out->motors_on != 0) {
    assert(holds || drive->state == DRIVE_STATE_STOPPING);
    assert((play->drive_pins.inputs & STOPPERS) == STOPPERS); /* D3, D4, L3 */
    assert(out->standing == 0 && out->charge_contactor == 0);
  } else {
    assert(out->brake_released == 0 && out->left_permille == 0 && out->right_permille == 0);
  }
  assert(!holds || play->now_ms - play->heard_ms <= COMMAND_TIMEOUT_MS); /* D1 */
  assert(abs(out->left_permille) <= 1000 && abs(out->right_permille) <= 1000);
}

static void check_coils(struct play *play, const struct locker_pins_out *out, uint32_t ms) {
  bool same = out->unlock_coil == play->unlock_coil && out->lock_coil == play->lock_coil;
  bool any = out->unlock_coil != NO_DOOR || out->lock_coil != NO_DOOR;
  play->coil_ms = same && any ? play->coil_ms + ms : 0;
  assert(play->coil_ms <= LOCK_PULSE_MS); /* L1 */
  assert(out->unlock_coil == NO_DOOR || out->lock_coil == NO_DOOR);
  assert(out->unlock_coil == NO_DOOR || out->unlock_coil < play->door_count);
  assert(out->lock_coil == NO_DOOR || out->lock_coil < play->door_count);
  assert(out->unlock_coil == NO_DOOR || play->locker_pins.standing != 0); /* L3 */
  play->unlock_coil = out->unlock_coil;
  play->lock_coil = out->lock_coil;
}

static void check_doors(const struct play *play, const struct locker_pins_out *out) {
  for (size_t i = 0; i < play->door_count; i++) {
    uint8_t state = play->board->locker.doors[i].state;
    assert(state < DOOR_STATE_COUNT);
    assert(out->doors_shut == 0 || state == DOOR_STATE_LOCKED ||
            state == DOOR_STATE_JAMMED);
  }
}

static void step(struct play *play, uint32_t ms) {
  play->now_ms += ms;
  if (play->board->kind == BOARD_KIND_DRIVE) {
    struct drive_pins_out out;
    play->drive_pins.sampled_ms = play->now_ms;
    drive_board_step(&play->board->drive, &play->drive_pins, &out, play->now_ms);
    check_drive(play, &out);
  } else {
    struct locker_pins_out out;
    locker_board_step(&play->board->locker, &play->locker_pins, &out, play->now_ms);
    check_coils(play, &out, ms);
    check_doors(play, &out);
  }
  check_link(play);
}

static void receive(struct play *play, const uint8_t *bytes, size_t length) {
  play->heard_ms = play->now_ms;
  harness_receive(play->board, bytes, length, play->now_ms);
  check_link(play);
}

static void say(struct play *play, struct frame *frame) {
  uint8_t wire[FRAME_MAX_WIRE];
  play->sequence++;
  frame->major = PROTOCOL_MAJOR;
  frame->sequence = play->sequence;
  frame->t_ms = play->now_ms;
  receive(play, wire, frame_encode(frame, wire));
}

static void make_noise(struct play *play, struct script *script) {
  uint8_t bytes[256];
  size_t length = next(script);
  fill(script, bytes, length);
  receive(play, bytes, length);
}

/* A frame that is right as far as its session goes; a drive command is fresh, too. */
static void make_frame(struct play *play, struct script *script) {
  struct frame frame = {.session = harness_link(play->board)->session};
  frame.type = next(script);
  frame.length = next(script) % 16u;
  fill(script, frame.payload, frame.length);
  struct drive_command command;
  if (frame.type == MESSAGE_DRIVE_COMMAND &&
      drive_command_decode(frame.payload, frame.length, &command) == DECODED_OK) {
    command.seen_ms = play->now_ms;
    frame.length = drive_command_encode(&command, frame.payload);
  }
  say(play, &frame);
}

static void open_session(struct play *play, struct script *script) {
  struct open open = {.agent_nonce = next(script), .safety_hash = SAFETY_HASH};
  struct frame frame = {.type = MESSAGE_OPEN};
  frame.length = open_encode(&open, frame.payload);
  say(play, &frame);
}

static void set_clear_pins(struct play *play) {
  play->drive_pins = (struct drive_pins_in){.inputs = STOPPERS | DRIVE_INPUTS_LEVEL,
                                            .motor_dc = 300,
                                            .battery_mv = 25000,
                                            .is_read = 1,
                                            .charge_permille = 800,
                                            .health_permille = 1000,
                                            .battery_dc = 250,
                                            .free_ahead_mm = UINT16_MAX};
  memset(&play->locker_pins, 0, sizeof play->locker_pins);
  memset(play->locker_pins.closed, 0xff, sizeof play->locker_pins.closed);
  memset(play->locker_pins.latched, 0xff, sizeof play->locker_pins.latched);
  play->locker_pins.standing = 1;
}

/* One thing around the board changes. */
static void change_pin(struct play *play, struct script *script) {
  uint8_t what = next(script), value = next(script);
  size_t door = value % DOORS_MAX;
  uint8_t bit = (uint8_t)(1u << (door % 8u));
  switch (what % 9u) {
    case 0:
      play->drive_pins.inputs ^= value;
      break;
    case 1:
      play->drive_pins.left_ticks += (int8_t)value;
      break;
    case 2:
      play->drive_pins.right_ticks += (int8_t)value;
      break;
    case 3:
      play->locker_pins.closed[door / 8u] ^= bit;
      break;
    case 4:
      play->locker_pins.latched[door / 8u] ^= bit;
      break;
    case 5:
      play->locker_pins.key = value;
      break;
    case 6:
      play->locker_pins.standing ^= 1u;
      break;
    case 7:
      play->drive_pins.battery_mv = (uint16_t)(value * 128u);
      break;
    default:
      set_clear_pins(play);
      break;
  }
}

static void change_all_pins(struct play *play, struct script *script) {
  uint8_t payload[DRIVE_PINS_IN_MAX_BYTES];
  struct drive_pins_in drive;
  struct locker_pins_in locker;
  fill(script, payload, sizeof payload);
  if (drive_pins_in_decode(payload, sizeof payload, &drive) == DECODED_OK) {
    play->drive_pins = drive;
  }
  if (locker_pins_in_decode(payload, sizeof payload, &locker) == DECODED_OK) {
    play->locker_pins = locker;
  }
}

/* `how`: the reset's cause, and with its highest bits a copy of what was kept, or both, damaged. */
static void start(struct play *play, uint8_t kind, uint8_t how) {
  struct kept kept[KEPT_COPIES] = {0};
  if (play->board != NULL) {
    for (size_t copy = 0; copy < KEPT_COPIES; copy++) {
      kept[copy] = play->board->kept;
      kept[copy].boot_count ^= (uint32_t)(how >> (6u + copy)) & 1u;
    }
    harness_free(play->board);
  }
  play->unlock_coil = NO_DOOR;
  play->lock_coil = NO_DOOR;
  play->board = harness_new(kind, play->door_count, (how & 63u) % RESET_CAUSE_COUNT, 1,
                            (const uint8_t *)kept, sizeof kept, 0, play->now_ms);
  assert(play->board != NULL);
}

static void do_next(struct play *play, struct script *script) {
  uint8_t room[64];
  switch ((enum act)(next(script) % ANY_ACT)) {
    case ACT_NOISE:
      make_noise(play, script);
      break;
    case ACT_FRAME:
      make_frame(play, script);
      break;
    case ACT_OPEN:
      open_session(play, script);
      break;
    case ACT_PIN:
      change_pin(play, script);
      break;
    case ACT_PINS:
      change_all_pins(play, script);
      break;
    case ACT_STEPS:
      for (uint8_t steps = next(script) % 64u; steps > 0; steps--) {
        step(play, STEP_MAX_MS);
        (void)harness_take(play->board, room, sizeof room);
      }
      break;
    case ACT_LATE:
      step(play, next(script) * 64u);
      break;
    case ACT_RESET:
      start(play, play->board->kind, next(script));
      break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct script script = {data, size};
  struct play play = {0};
  uint8_t kind = next(&script) % BOARD_KIND_COUNT;
  play.door_count = next(&script) % (DOORS_MAX + 1u);
  play.now_ms = (uint32_t)next(&script) << 24u;
  set_clear_pins(&play);
  start(&play, kind, next(&script));
  for (unsigned act = 0; script.left > 0 && act < MOST_ACTS; act++) {
    do_next(&play, &script);
  }
  harness_free(play.board);
  return 0;
}
