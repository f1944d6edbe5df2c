/* SPDX-License-Identifier: Apache-2.0 */
#include "drive.h"

#include <string.h>

#include "limits.h"

/* More than that between two samples is a gap. */
#define SAMPLE_COUNTS_MAX_MS 50u

#define ALL_CLEAR                                                                    \
  ((uint8_t)(DRIVE_INPUTS_E_STOP_CLEAR | DRIVE_INPUTS_BUMPER_CLEAR | DRIVE_INPUTS_LEVEL | \
             DRIVE_INPUTS_DOORS_SHUT))

static const uint8_t RESTART_WHO[STOP_CAUSE_COUNT] = RESTARTS;

static uint8_t cause_of_start(uint8_t reset_cause) {
  switch (reset_cause) {
    case RESET_CAUSE_POWER_ON:
      return STOP_CAUSE_POWER_ON;
    case RESET_CAUSE_BROWN_OUT:
      return STOP_CAUSE_BROWN_OUT;
    case RESET_CAUSE_WATCHDOG:
      return STOP_CAUSE_WATCHDOG;
    default:
      return STOP_CAUSE_RESET;
  }
}

void drive_start(struct drive *drive, uint8_t reset_cause, uint8_t kept_cause) {
  memset(drive, 0, sizeof *drive);
  drive->state = DRIVE_STATE_DISARMED;
  drive->stop_cause = cause_of_start(reset_cause);
  if (kept_cause != STOP_CAUSE_NONE) {
    drive->state = DRIVE_STATE_E_STOP_LATCHED;
    /* Other firmware may have kept a cause that this one has no word for. */
    drive->stop_cause = kept_cause < STOP_CAUSE_COUNT ? kept_cause : STOP_CAUSE_E_STOP;
  }
}

static bool is_clear(const struct drive *drive) {
  return (drive->inputs & ALL_CLEAR) == ALL_CLEAR;
}

static bool is_armed(const struct drive *drive) {
  return drive->state == DRIVE_STATE_ARMED || drive->state == DRIVE_STATE_MOVING;
}

/* Whether what failed is well again. */
static bool is_well(const struct drive *drive) {
  return !drive->guard.overloaded && !drive->browns_out;
}

bool drive_motors_on(const struct drive *drive) {
  return is_armed(drive) ||
         (drive->state == DRIVE_STATE_STOPPING && drive->brakes_in_order);
}

uint8_t drive_kept_cause(const struct drive *drive) {
  return drive->state == DRIVE_STATE_E_STOP_LATCHED ? drive->stop_cause : STOP_CAUSE_NONE;
}

bool drive_pins_are_fresh(const struct drive_pins_in *in) { return in->is_read != 0u; }

static void tell(struct drive *drive, uint8_t kind, int32_t value) {
  drive->event = (struct drive_event){.happened = true, .kind = kind, .value = value};
}

static void switch_off(struct drive *drive, uint8_t state, uint8_t cause) {
  drive->state = state;
  drive->stop_cause = cause;
  drive->brakes_in_order = false;
  motion_rest(&drive->motion);
}

/* Motors off now; disarmed when it stands. */
static void halt(struct drive *drive, uint8_t cause) {
  switch_off(drive, DRIVE_STATE_STOPPING, cause);
}

static void open_granted(struct drive *drive) {
  drive->accepted_sequence = 0;
  if (drive->stop_cause == STOP_CAUSE_VERSION) {
    drive->state = DRIVE_STATE_DISARMED;
    drive->stop_cause = drive->hidden_cause;
  } else if (is_armed(drive) || drive->state == DRIVE_STATE_STOPPING) {
    halt(drive, STOP_CAUSE_NEW_SESSION);
  } else if (RESTART_WHO[drive->stop_cause] < RESTART_OPERATOR) {
    drive->stop_cause = STOP_CAUSE_NEW_SESSION;
  }
}

/* A stop that an operator or a person must release is not forgotten over it. */
static void open_refused(struct drive *drive) {
  drive->accepted_sequence = 0;
  if (drive->state == DRIVE_STATE_E_STOP_LATCHED || drive->stop_cause == STOP_CAUSE_VERSION) {
    return;
  }
  bool stays = RESTART_WHO[drive->stop_cause] >= RESTART_OPERATOR;
  drive->hidden_cause = stays ? drive->stop_cause : (uint8_t)STOP_CAUSE_NEW_SESSION;
  switch_off(drive, DRIVE_STATE_FAULT, STOP_CAUSE_VERSION);
}

void drive_opened(struct drive *drive, bool granted) {
  if (granted) {
    open_granted(drive);
  } else {
    open_refused(drive);
  }
}

static uint8_t refusal(const struct drive *drive, const struct arm *arm) {
  bool may = drive->state == DRIVE_STATE_DISARMED || drive->state == DRIVE_STATE_FAULT;
  bool moves = drive->pins_fresh && !drive->odometry.stands;
  if (!may || moves || !is_well(drive)) {
    return RESULT_WRONG_STATE;
  }
  if (arm->stop_cause != drive->stop_cause) {
    return RESULT_WRONG_CAUSE;
  }
  /* Both enums are in the same order; no authority is a person's. */
  if (arm->authority < RESTART_WHO[drive->stop_cause]) {
    return RESULT_NOT_AUTHORISED;
  }
  return is_clear(drive) ? RESULT_DONE : RESULT_INTERLOCK;
}

uint8_t drive_arm(struct drive *drive, const struct arm *arm, bool battery_ready,
                  uint32_t now_ms) {
  uint8_t result = refusal(drive, arm);
  if (result != RESULT_DONE) {
    return result;
  }
  if (!battery_ready) {
    if (RESTART_WHO[drive->stop_cause] == RESTART_AGENT) {
      drive->stop_cause = STOP_CAUSE_BATTERY_REFUSED;
    }
    return RESULT_BATTERY;
  }
  drive->state = DRIVE_STATE_ARMED;
  drive->stop_cause = STOP_CAUSE_NONE;
  drive->motor_fault = MOTOR_FAULT_NONE;
  drive->command_ms = now_ms;
  drive->ttl_ms = COMMAND_TIMEOUT_MS;
  motion_rest(&drive->motion);
  return RESULT_DONE;
}

void drive_brake(struct drive *drive, bool hard) {
  if (is_armed(drive)) {
    drive->state = DRIVE_STATE_STOPPING;
    drive->stop_cause = STOP_CAUSE_STOPPED_BY_AGENT;
    drive->brakes_in_order = true;
    drive->rested_ms = 0;
    drive->deceleration_mm_s2 = DECELERATION_MM_S2;
    motion_aim(&drive->motion, 0, 0);
  }
  if (hard) {
    drive->deceleration_mm_s2 = STOP_DECELERATION_MM_S2;
  }
}

bool drive_take(struct drive *drive, const struct drive_command *command, uint32_t sequence,
                uint32_t now_ms) {
  if (!is_armed(drive) || now_ms - command->seen_ms > COMMAND_FRESH_MS) {
    return false;
  }
  drive->command_ms = now_ms;
  drive->ttl_ms = command->ttl_ms < COMMAND_TIMEOUT_MS ? command->ttl_ms : COMMAND_TIMEOUT_MS;
  drive->accepted_sequence = sequence;
  drive->deceleration_mm_s2 = DECELERATION_MM_S2;
  motion_aim(&drive->motion, command->speed_mm_s, command->turn_mrad_s);
  if (!motion_aims_at_rest(&drive->motion)) {
    drive->state = DRIVE_STATE_MOVING;
  }
  return true;
}

/* What latches now; the first is the gravest. */
static uint8_t latching_cause(const struct drive *drive) {
  if ((drive->inputs & DRIVE_INPUTS_E_STOP_CLEAR) == 0u) {
    return STOP_CAUSE_E_STOP;
  }
  if ((drive->inputs & DRIVE_INPUTS_BUMPER_CLEAR) == 0u) {
    return STOP_CAUSE_BUMPER;
  }
  if (drive->tilt_ms >= TILT_MS) {
    return STOP_CAUSE_TILT;
  }
  bool runs = is_armed(drive) || drive->state == DRIVE_STATE_STOPPING;
  if (runs && (drive->inputs & DRIVE_INPUTS_DOORS_SHUT) == 0u) {
    return STOP_CAUSE_DOOR_OPEN;
  }
  return STOP_CAUSE_NONE;
}

static void latch(struct drive *drive, uint8_t cause) {
  bool latched = drive->state == DRIVE_STATE_E_STOP_LATCHED;
  drive->button_was_up = false;
  if (latched && drive->stop_cause <= cause) {
    return;
  }
  switch_off(drive, DRIVE_STATE_E_STOP_LATCHED, cause);
  switch (cause) {
    case STOP_CAUSE_E_STOP:
      tell(drive, EVENT_KIND_E_STOP, drive->inputs);
      break;
    case STOP_CAUSE_BUMPER:
      tell(drive, EVENT_KIND_BUMPER, drive->inputs);
      break;
    case STOP_CAUSE_TILT:
      tell(drive, EVENT_KIND_TILT, drive->inputs);
      break;
    default:
      tell(drive, EVENT_KIND_STOPPED, cause);
      break;
  }
}

/* A person at the robot may do what the desk may, and what it may not; but no button makes two
 * versions the same. */
static void watch_button(struct drive *drive, uint32_t sample_ms) {
  if ((drive->inputs & DRIVE_INPUTS_RESET_BUTTON) == 0u) {
    drive->button_was_up = drive->pins_fresh;
    drive->button_ms = 0;
    return;
  }
  bool releases = drive->button_was_up && is_clear(drive) && is_well(drive) &&
                  RESTART_WHO[drive->stop_cause] >= RESTART_OPERATOR &&
                  drive->stop_cause != STOP_CAUSE_VERSION;
  if (!releases) {
    drive->button_was_up = false;
    return;
  }
  if (drive->button_ms >= RESET_BUTTON_MS) {
    tell(drive, EVENT_KIND_RELEASED_BY_PERSON, drive->stop_cause);
    switch_off(drive, DRIVE_STATE_DISARMED, STOP_CAUSE_NEW_SESSION);
    drive->motor_fault = MOTOR_FAULT_NONE;
  }
  drive->button_ms += sample_ms;
}

static void fail(struct drive *drive, uint8_t motor_fault, uint16_t battery_mv) {
  if (motor_fault != MOTOR_FAULT_NONE) {
    switch_off(drive, DRIVE_STATE_FAULT, STOP_CAUSE_MOTOR_FAULT);
    drive->motor_fault = motor_fault;
    tell(drive, EVENT_KIND_MOTOR_FAULT, motor_fault);
  } else {
    switch_off(drive, DRIVE_STATE_FAULT, STOP_CAUSE_BROWN_OUT);
    tell(drive, EVENT_KIND_BROWN_OUT, battery_mv);
  }
}

/* While versions differ it is found behind that, once they no longer do. */
static void hear_failure(struct drive *drive, uint8_t motor_fault, uint16_t battery_mv) {
  if (drive->stop_cause == STOP_CAUSE_VERSION) {
    drive->hidden_cause = STOP_CAUSE_BROWN_OUT; /* no motor runs that could fail */
    tell(drive, EVENT_KIND_BROWN_OUT, battery_mv);
  } else {
    fail(drive, motor_fault, battery_mv);
  }
}

static void watch_time(struct drive *drive, uint32_t step_ms, uint32_t now_ms) {
  bool stands = drive->odometry.stands;
  bool at_rest = motion_is_at_rest(&drive->motion) && motion_aims_at_rest(&drive->motion);
  if (is_armed(drive)) {
    /* The step after this one would come too late. */
    if (now_ms - drive->command_ms + STEP_MAX_MS >= drive->ttl_ms) {
      halt(drive, STOP_CAUSE_COMMAND_TIMEOUT);
      tell(drive, EVENT_KIND_STOPPED, STOP_CAUSE_COMMAND_TIMEOUT);
    } else if (stands && at_rest) {
      drive->state = DRIVE_STATE_ARMED;
    }
  } else if (drive->state == DRIVE_STATE_STOPPING) {
    drive->rested_ms = at_rest ? drive->rested_ms + step_ms : 0u;
    if (stands && at_rest) {
      switch_off(drive, DRIVE_STATE_DISARMED, drive->stop_cause);
    } else if (drive->brakes_in_order && drive->rested_ms >= STOPPING_SETTLE_MS) {
      halt(drive, drive->stop_cause);
    }
  }
}

/* How much newer these pins are than the last: what they show is held for that long, and not for
 * the time in which nobody has read them. */
static uint32_t since_last_sample_ms(struct drive *drive, const struct drive_pins_in *in) {
  uint32_t passed_ms = drive->pins_fresh ? in->sampled_ms - drive->sampled_ms : 0u;
  drive->sampled_ms = in->sampled_ms;
  return passed_ms < SAMPLE_COUNTS_MAX_MS ? passed_ms : SAMPLE_COUNTS_MAX_MS;
}

/* An enum motor_fault: only where current flows is it one. */
static uint8_t hear_pins(struct drive *drive, const struct drive_pins_in *in,
                         uint32_t sample_ms, uint32_t step_ms) {
  drive->pins_fresh = drive_pins_are_fresh(in);
  drive->pins_seen = drive->pins_seen || drive->pins_fresh;
  drive->inputs = drive->pins_fresh ? in->inputs : 0u;
  if ((drive->inputs & DRIVE_INPUTS_LEVEL) != 0u) {
    drive->tilt_ms = 0;
  } else if (drive->tilt_ms < TILT_MS) {
    drive->tilt_ms += step_ms;
  }
  if (!drive->pins_fresh) {
    odometry_lose(&drive->odometry);
    return MOTOR_FAULT_NONE;
  }
  odometry_hear(&drive->odometry, in->left_ticks, in->right_ticks, in->sampled_ms);
  uint8_t fault =
      motor_guard_step(&drive->guard, in, &drive->odometry, &drive->motion, sample_ms);
  return drive_motors_on(drive) ? fault : (uint8_t)MOTOR_FAULT_NONE;
}

void drive_step(struct drive *drive, const struct drive_pins_in *in, bool browns_out,
                uint32_t step_ms, uint32_t now_ms) {
  drive->event.happened = false;
  uint32_t sample_ms = since_last_sample_ms(drive, in);
  uint8_t motor_fault = hear_pins(drive, in, sample_ms, step_ms);
  uint8_t cause = drive->pins_seen ? latching_cause(drive) : (uint8_t)STOP_CAUSE_NONE;
  bool fails = motor_fault != MOTOR_FAULT_NONE || (browns_out && !drive->browns_out);
  drive->browns_out = browns_out;
  if (cause != STOP_CAUSE_NONE) {
    latch(drive, cause);
  } else if (fails && drive->state != DRIVE_STATE_E_STOP_LATCHED) {
    hear_failure(drive, motor_fault, in->battery_mv);
  } else {
    watch_button(drive, sample_ms);
    watch_time(drive, step_ms, now_ms);
  }
  if (drive_motors_on(drive)) {
    motion_step(&drive->motion, &drive->odometry, drive->deceleration_mm_s2, step_ms);
  }
  if (drive_motors_on(drive) || !drive->odometry.stands) {
    drive->stood_ms = 0;
  } else if (drive->stood_ms < STOOD_MS) {
    drive->stood_ms += step_ms;
  }
}
