/* SPDX-License-Identifier: Apache-2.0 */
#include "drive_board.h"

#include <string.h>

#include "limits.h"

#define STATE_REPORT_MS 50u
#define BATTERY_REPORT_MS 1000u
/* After a loop that hung, ramps and buttons go on as if it had not taken longer. */
#define STEP_COUNTS_MAX_MS 50u

/* A battery that is too hot takes no current, whoever wants it charged. */
static bool charges(const struct drive_board *board) {
  bool faulty = (board->battery.report.battery_flags & BATTERY_FLAGS_FAULT) != 0u;
  return board->drive.state == DRIVE_STATE_DISARMED && board->wants_charge != 0u && !faulty &&
         (board->drive.inputs & DRIVE_INPUTS_CHARGER_PRESENT) != 0u;
}

static uint8_t arm_drive(struct drive_board *board, const struct frame *frame,
                         uint32_t now_ms) {
  struct arm arm;
  if (arm_decode(frame->payload, frame->length, &arm) != DECODED_OK) {
    return RESULT_OUT_OF_RANGE;
  }
  bool ready = !battery_refuses(&board->battery) && !charges(board);
  uint8_t result = drive_arm(&board->drive, &arm, ready, now_ms);
  if (result == RESULT_DONE) {
    board->wants_charge = 0;
  }
  return result;
}

static uint8_t set_signals(struct drive_board *board, const struct frame *frame) {
  struct set_signals signals;
  if (set_signals_decode(frame->payload, frame->length, &signals) != DECODED_OK) {
    return RESULT_OUT_OF_RANGE;
  }
  board->light = signals.light;
  board->horn = signals.horn;
  return RESULT_DONE;
}

static uint8_t set_charging(struct drive_board *board, const struct frame *frame) {
  struct set_charging charging;
  if (set_charging_decode(frame->payload, frame->length, &charging) != DECODED_OK) {
    return RESULT_OUT_OF_RANGE;
  }
  if (charging.on != 0u && board->drive.state != DRIVE_STATE_DISARMED) {
    return RESULT_WRONG_STATE;
  }
  board->wants_charge = charging.on;
  return RESULT_DONE;
}

static uint8_t enter_loader(struct drive_board *board) {
  if (board->link.identity.has_loader == 0u) {
    return RESULT_UNSUPPORTED;
  }
  if (board->drive.state != DRIVE_STATE_DISARMED) {
    return RESULT_WRONG_STATE;
  }
  board->enters_loader = true;
  return RESULT_DONE;
}

static uint8_t do_command(void *listener, const struct frame *frame, uint32_t now_ms) {
  struct drive_board *board = listener;
  switch (frame->type) {
    case MESSAGE_ARM:
      return arm_drive(board, frame, now_ms);
    case MESSAGE_DISARM:
      drive_brake(&board->drive, false);
      return RESULT_DONE;
    case MESSAGE_STOP:
      drive_brake(&board->drive, true);
      return RESULT_DONE;
    case MESSAGE_SET_SIGNALS:
      return set_signals(board, frame);
    case MESSAGE_SET_CHARGING:
      return set_charging(board, frame);
    case MESSAGE_ENTER_LOADER:
      return enter_loader(board);
    default:
      return RESULT_UNKNOWN_MESSAGE;
  }
}

/* The only message of a session that is neither a command nor an acknowledgement. */
static void take_drive_command(void *listener, const struct frame *frame, uint32_t now_ms) {
  struct drive_board *board = listener;
  struct drive_command command;
  if (drive_command_decode(frame->payload, frame->length, &command) != DECODED_OK ||
      !drive_take(&board->drive, &command, frame->sequence, now_ms)) {
    board->link.refused++;
  }
}

static void send_facts(struct drive_board *board, uint32_t now_ms) {
  struct drive_facts facts = {.ticks_per_m = TICKS_PER_M,
                              .track_mm = TRACK_MM,
                              .speed_limit_mm_s = SPEED_LIMIT_MM_S,
                              .turn_limit_mrad_s = TURN_LIMIT_MRAD_S,
                              .acceleration_mm_s2 = ACCELERATION_MM_S2,
                              .deceleration_mm_s2 = DECELERATION_MM_S2,
                              .stop_deceleration_mm_s2 = STOP_DECELERATION_MM_S2};
  uint8_t payload[DRIVE_FACTS_MAX_BYTES];
  size_t length = drive_facts_encode(&facts, payload);
  (void)link_send(&board->link, MESSAGE_DRIVE_FACTS, payload, length, now_ms);
}

static void opened(void *listener, bool granted, uint32_t now_ms) {
  struct drive_board *board = listener;
  drive_opened(&board->drive, granted);
  if (granted) {
    send_facts(board, now_ms);
  }
}

/* Kept before anything else happens: a power cut in the next step must find it. */
static void keep_cause(struct drive_board *board) {
  struct kept *kept = board->link.kept;
  uint8_t cause = drive_kept_cause(&board->drive);
  if (kept->stop_cause != cause) {
    kept->stop_cause = cause;
    kept_seal(kept);
  }
}

void drive_board_start(struct drive_board *board, struct board_identity identity,
                       struct kept *kept, uint32_t now_ms) {
  memset(board, 0, sizeof *board);
  identity.board_kind = BOARD_KIND_DRIVE;
  identity.speed_limit_mm_s = SPEED_LIMIT_MM_S;
  identity.door_count = 0;
  struct link_listener listener = {
      .board = board, .command = do_command, .plain = take_drive_command, .opened = opened};
  drive_start(&board->drive, identity.reset_cause, kept->stop_cause);
  link_start(&board->link, &identity, &listener, kept, now_ms);
  board->stepped_ms = now_ms;
  /* Both are due. */
  board->state_sent_ms = now_ms - STATE_REPORT_MS;
  board->battery_sent_ms = now_ms - BATTERY_REPORT_MS;
}

void drive_board_receive(struct drive_board *board, const uint8_t *bytes, size_t length,
                         uint32_t now_ms) {
  link_receive(&board->link, bytes, length, now_ms);
}

static void report_state(struct drive_board *board, const struct drive_pins_in *in,
                         uint32_t now_ms) {
  const struct drive *drive = &board->drive;
  const struct odometry *odometry = &drive->odometry;
  struct drive_state_report told = {
      .drive_state = drive->state,
      .stop_cause = drive->stop_cause,
      .inputs = drive->inputs,
      .left_ticks = odometry->left_ticks,
      .right_ticks = odometry->right_ticks,
      .speed_mm_s = odometry_speed_mm_s(odometry),
      .turn_mrad_s = odometry_turn_mrad_s(odometry),
      .left_permille = drive->motion.left.permille,
      .right_permille = drive->motion.right.permille,
      .free_ahead_mm = in->free_ahead_mm,
      .accepted_sequence = drive->accepted_sequence,
      .motor_fault = drive->motor_fault,
  };
  uint8_t payload[DRIVE_STATE_REPORT_MAX_BYTES];
  size_t length = drive_state_report_encode(&told, payload);
  (void)link_send(&board->link, MESSAGE_DRIVE_STATE_REPORT, payload, length, now_ms);
  board->state_sent_ms = now_ms;
  board->told_state = drive->state;
  board->told_cause = drive->stop_cause;
}

static void report_battery(struct drive_board *board, uint32_t now_ms) {
  uint8_t payload[BATTERY_REPORT_MAX_BYTES];
  size_t length = battery_report_encode(&board->battery.report, payload);
  (void)link_send(&board->link, MESSAGE_BATTERY_REPORT, payload, length, now_ms);
  board->battery_sent_ms = now_ms;
  board->told_flags = board->battery.report.battery_flags;
}

static void report(struct drive_board *board, const struct drive_pins_in *in,
                   uint32_t now_ms) {
  const struct drive *drive = &board->drive;
  if (drive->event.happened) {
    link_event(&board->link, drive->event.kind, 255, drive->event.value, now_ms);
  }
  if (board->told_state != drive->state || board->told_cause != drive->stop_cause ||
      now_ms - board->state_sent_ms >= STATE_REPORT_MS) {
    report_state(board, in, now_ms);
  }
  bool battery_due = board->told_flags != board->battery.report.battery_flags ||
                     now_ms - board->battery_sent_ms >= BATTERY_REPORT_MS;
  if (battery_due && drive->pins_seen) {
    report_battery(board, now_ms);
  }
}

/* Nothing is known of its wheels while the pins cannot be read. */
static bool is_rolling(const struct drive *drive) {
  return drive->pins_fresh && !drive->odometry.stands;
}

static void set_pins(const struct drive_board *board, struct drive_pins_out *out) {
  const struct drive *drive = &board->drive;
  bool on = drive_motors_on(drive);
  *out = (struct drive_pins_out){
      .motors_on = on,
      .brake_released = on,
      .left_permille = drive->motion.left.permille,
      .right_permille = drive->motion.right.permille,
      .standing = drive->stood_ms >= STOOD_MS,
      .light = board->light != 0u || drive->state == DRIVE_STATE_MOVING || is_rolling(drive),
      .horn = board->horn,
      .charge_contactor = charges(board),
  };
}

void drive_board_step(struct drive_board *board, const struct drive_pins_in *in,
                      struct drive_pins_out *out, uint32_t now_ms) {
  uint32_t turn_ms = now_ms - board->stepped_ms;
  uint32_t step_ms = turn_ms < STEP_COUNTS_MAX_MS ? turn_ms : STEP_COUNTS_MAX_MS;
  board->stepped_ms = now_ms;
  if (drive_pins_are_fresh(in)) {
    battery_step(&board->battery, in, charges(board), step_ms);
  }
  drive_step(&board->drive, in, battery_browns_out(&board->battery), step_ms, now_ms);
  keep_cause(board);
  report(board, in, now_ms);
  link_step(&board->link, turn_ms, now_ms);
  set_pins(board, out);
}
