/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#ifndef DROVER_WORDS_H
#define DROVER_WORDS_H

#include <stdint.h>

#define PROTOCOL_MAJOR 1u
/* A build may speak an older minor version: what the boards of last year do. */
#ifndef PROTOCOL_MINOR
#define PROTOCOL_MINOR 1u
#endif
#define SCHEMA_HASH 0x53c2a7fcu
#define SAFETY_HASH 0xe9d9bfaeu

/* Why a drive is not armed; who restarts it is in the table. */
enum stop_cause {
  STOP_CAUSE_NONE = 0,
  STOP_CAUSE_COMMAND_TIMEOUT = 1,
  STOP_CAUSE_STOPPED_BY_AGENT = 2,
  STOP_CAUSE_BATTERY_REFUSED = 3,
  STOP_CAUSE_NEW_SESSION = 4,
  STOP_CAUSE_POWER_ON = 5,
  STOP_CAUSE_BROWN_OUT = 6,
  STOP_CAUSE_WATCHDOG = 7,
  STOP_CAUSE_RESET = 8,
  STOP_CAUSE_MOTOR_FAULT = 9,
  STOP_CAUSE_E_STOP = 10,
  STOP_CAUSE_BUMPER = 11,
  STOP_CAUSE_TILT = 12,
  STOP_CAUSE_DOOR_OPEN = 13,
  STOP_CAUSE_VERSION = 14,
  STOP_CAUSE_MEMORY_LOST = 15,
  STOP_CAUSE_COUNT = 16
};

/* Which board it is. */
enum board_kind {
  BOARD_KIND_DRIVE = 0,
  BOARD_KIND_LOCKER = 1,
  BOARD_KIND_COUNT = 2
};

/* Why the board started. */
enum reset_cause {
  RESET_CAUSE_UNKNOWN = 0,
  RESET_CAUSE_POWER_ON = 1,
  RESET_CAUSE_BROWN_OUT = 2,
  RESET_CAUSE_WATCHDOG = 3,
  RESET_CAUSE_SOFTWARE = 4,
  RESET_CAUSE_PIN = 5,
  RESET_CAUSE_COUNT = 6
};

/* What became of a command. */
enum result {
  RESULT_DONE = 0,
  RESULT_BAD_SESSION = 1,
  RESULT_BAD_VERSION = 2,
  RESULT_OUT_OF_RANGE = 3,
  RESULT_UNKNOWN_MESSAGE = 4,
  RESULT_WRONG_STATE = 5,
  RESULT_WRONG_CAUSE = 6,
  RESULT_NOT_AUTHORISED = 7,
  RESULT_INTERLOCK = 8,
  RESULT_BATTERY = 9,
  RESULT_BUSY = 10,
  RESULT_DUTY = 11,
  RESULT_UNSUPPORTED = 12,
  RESULT_COUNT = 13
};

/* What happened on a board that nobody may miss. */
enum event_kind {
  EVENT_KIND_BOOTED = 0,
  EVENT_KIND_STOPPED = 1,
  EVENT_KIND_E_STOP = 2,
  EVENT_KIND_BUMPER = 3,
  EVENT_KIND_TILT = 4,
  EVENT_KIND_MOTOR_FAULT = 5,
  EVENT_KIND_BROWN_OUT = 6,
  EVENT_KIND_DOOR_FORCED = 7,
  EVENT_KIND_DOOR_LEFT_OPEN = 8,
  EVENT_KIND_DOOR_JAMMED = 9,
  EVENT_KIND_KEYPAD_LOCKED = 10,
  EVENT_KIND_RELEASED_BY_PERSON = 11,
  EVENT_KIND_COUNT = 12
};

/* The drive's state machine. */
enum drive_state {
  DRIVE_STATE_DISARMED = 0,
  DRIVE_STATE_ARMED = 1,
  DRIVE_STATE_MOVING = 2,
  DRIVE_STATE_STOPPING = 3,
  DRIVE_STATE_E_STOP_LATCHED = 4,
  DRIVE_STATE_FAULT = 5,
  DRIVE_STATE_COUNT = 6
};

/* On whose word the agent arms; each may do what those before it may. */
enum authority {
  AUTHORITY_AGENT = 0,
  AUTHORITY_POSITION_CHECKED = 1,
  AUTHORITY_OPERATOR = 2,
  AUTHORITY_COUNT = 3
};

/* What is wrong with a motor. */
enum motor_fault {
  MOTOR_FAULT_NONE = 0,
  MOTOR_FAULT_OVER_CURRENT = 1,
  MOTOR_FAULT_STALLED = 2,
  MOTOR_FAULT_OVER_TEMPERATURE = 3,
  MOTOR_FAULT_ENCODER_LOST = 4,
  MOTOR_FAULT_RUNAWAY = 5,
  MOTOR_FAULT_COUNT = 6
};

/* The state machine of one door. */
enum door_state {
  DOOR_STATE_UNKNOWN = 0,
  DOOR_STATE_LOCKED = 1,
  DOOR_STATE_UNLOCKING = 2,
  DOOR_STATE_OPEN = 3,
  DOOR_STATE_CLOSED_UNLOCKED = 4,
  DOOR_STATE_FORCED = 5,
  DOOR_STATE_JAMMED = 6,
  DOOR_STATE_COUNT = 7
};

/* The key that ended an entry. */
enum end_key {
  END_KEY_ENTER = 0,
  END_KEY_REFUSE = 1,
  END_KEY_COUNT = 2
};

/* Faults that a plant can cause inside a board that was built for one. */
enum injection {
  INJECTION_NONE = 0,
  INJECTION_HANG = 1,
  INJECTION_RESET = 2,
  INJECTION_FAULT = 3,
  INJECTION_COUNT = 4
};

/* What the drive board sees; a broken wire reads 0: the unsafe value of the first five. */
enum drive_inputs {
  DRIVE_INPUTS_E_STOP_CLEAR = 1 << 0,
  DRIVE_INPUTS_BUMPER_CLEAR = 1 << 1,
  DRIVE_INPUTS_LEVEL = 1 << 2,
  DRIVE_INPUTS_DOORS_SHUT = 1 << 3,
  DRIVE_INPUTS_OBSTACLE_SENSOR_OK = 1 << 4,
  DRIVE_INPUTS_RESET_BUTTON = 1 << 5,
  DRIVE_INPUTS_SERVICE_KEY = 1 << 6,
  DRIVE_INPUTS_CHARGER_PRESENT = 1 << 7
};

/* Warn at 25 %, return at 15 %, refuse to arm at 5 %. */
enum battery_flags {
  BATTERY_FLAGS_CHARGING = 1 << 0,
  BATTERY_FLAGS_FAULT = 1 << 1,
  BATTERY_FLAGS_WARN = 1 << 2,
  BATTERY_FLAGS_RETURN = 1 << 3,
  BATTERY_FLAGS_REFUSE = 1 << 4,
  BATTERY_FLAGS_BROWN_OUT = 1 << 5
};

/* `standing`: the wire from the drive board; a broken wire reads 0, and no door opens. */
enum locker_inputs {
  LOCKER_INPUTS_STANDING = 1 << 0,
  LOCKER_INPUTS_KEYPAD_LOCKED = 1 << 1
};

/* Who restarts a drive that stands; by stop cause. */
enum restart_who { RESTART_AGENT, RESTART_CHECK, RESTART_OPERATOR, RESTART_PERSON };
#define RESTARTS \
  { \
    RESTART_AGENT, /* none */ \
    RESTART_AGENT, /* command_timeout */ \
    RESTART_AGENT, /* stopped_by_agent */ \
    RESTART_AGENT, /* battery_refused */ \
    RESTART_CHECK, /* new_session */ \
    RESTART_OPERATOR, /* power_on */ \
    RESTART_OPERATOR, /* brown_out */ \
    RESTART_OPERATOR, /* watchdog */ \
    RESTART_OPERATOR, /* reset */ \
    RESTART_OPERATOR, /* motor_fault */ \
    RESTART_PERSON, /* e_stop */ \
    RESTART_PERSON, /* bumper */ \
    RESTART_PERSON, /* tilt */ \
    RESTART_PERSON, /* door_open */ \
    RESTART_PERSON, /* version */ \
    RESTART_PERSON, /* memory_lost */ \
  }

enum message_type {
  MESSAGE_OPEN = 0x01,
  MESSAGE_HELLO = 0x02,
  MESSAGE_ACK = 0x03,
  MESSAGE_EVENT = 0x04,
  MESSAGE_EVENT_ACK = 0x05,
  MESSAGE_LINK_REPORT = 0x06,
  MESSAGE_PING = 0x07,
  MESSAGE_ENTER_LOADER = 0x08,
  MESSAGE_DRIVE_COMMAND = 0x20,
  MESSAGE_ARM = 0x21,
  MESSAGE_DISARM = 0x22,
  MESSAGE_STOP = 0x23,
  MESSAGE_SET_SIGNALS = 0x24,
  MESSAGE_SET_CHARGING = 0x25,
  MESSAGE_DRIVE_FACTS = 0x2f,
  MESSAGE_DRIVE_STATE_REPORT = 0x30,
  MESSAGE_BATTERY_REPORT = 0x31,
  MESSAGE_UNLOCK = 0x40,
  MESSAGE_LOCK = 0x41,
  MESSAGE_FORGIVE_FORCED = 0x42,
  MESSAGE_KEYPAD_RESULT = 0x43,
  MESSAGE_LOCKER_REPORT = 0x50,
  MESSAGE_KEYPAD_ENTRY = 0x51,
  MESSAGE_DRIVE_PINS_IN = 0x60,
  MESSAGE_DRIVE_PINS_OUT = 0x61,
  MESSAGE_LOCKER_PINS_IN = 0x62,
  MESSAGE_LOCKER_PINS_OUT = 0x63,
  MESSAGE_INJECT = 0x64
};

/* What no board hears from its agent, and what it hears and does not acknowledge; any
 * other type, one that is unknown too, is a command. */
#define CASES_OF_OTHERS \
  case MESSAGE_HELLO: \
  case MESSAGE_ACK: \
  case MESSAGE_EVENT: \
  case MESSAGE_LINK_REPORT: \
  case MESSAGE_DRIVE_FACTS: \
  case MESSAGE_DRIVE_STATE_REPORT: \
  case MESSAGE_BATTERY_REPORT: \
  case MESSAGE_LOCKER_REPORT: \
  case MESSAGE_KEYPAD_ENTRY: \
  case MESSAGE_DRIVE_PINS_IN: \
  case MESSAGE_DRIVE_PINS_OUT: \
  case MESSAGE_LOCKER_PINS_IN: \
  case MESSAGE_LOCKER_PINS_OUT: \
  case MESSAGE_INJECT
#define CASES_UNANSWERED \
  case MESSAGE_EVENT_ACK: \
  case MESSAGE_DRIVE_COMMAND

/* Whether a payload could be read: whole, cut short, or with a value out of range. */
enum decoded { DECODED_OK, DECODED_SHORT, DECODED_RANGE };

#endif
