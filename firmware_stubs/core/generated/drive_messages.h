/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
#ifndef DROVER_DRIVE_MESSAGES_H
#define DROVER_DRIVE_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* How it is to move now; never resent; stale where `seen_ms` is more than 250 ms ago. Only this
   feeds the motors' time-out. */
struct drive_command {
  /* forwards */
  int16_t speed_mm_s;
  /* counter-clockwise */
  int16_t turn_mrad_s;
  /* motors off so long after it came */
  uint16_t ttl_ms;
  /* t_ms of the newest drive_state_report heard */
  uint32_t seen_ms;
};
#define DRIVE_COMMAND_MAX_BYTES 10u
size_t drive_command_encode(const struct drive_command *message, uint8_t *out);
enum decoded drive_command_decode(
    const uint8_t *payload, size_t length, struct drive_command *message);

/* Switches the motors on, standing; refused unless the authority is enough for the stop cause.
   */
struct arm {
  /* enum authority */
  uint8_t authority;
  /* enum stop_cause; what is released: refused if another */
  uint8_t stop_cause;
};
#define ARM_MAX_BYTES 2u
size_t arm_encode(const struct arm *message, uint8_t *out);
enum decoded arm_decode(
    const uint8_t *payload, size_t length, struct arm *message);

/* Brakes in good order, then motors off and brake on (stop cause stopped_by_agent). */
struct disarm {
  uint8_t nothing; /* C knows no empty struct */
};
#define DISARM_MAX_BYTES 0u
size_t disarm_encode(const struct disarm *message, uint8_t *out);
enum decoded disarm_decode(
    const uint8_t *payload, size_t length, struct disarm *message);

/* Brakes as hard as it can, then as disarm. */
struct stop {
  uint8_t nothing; /* C knows no empty struct */
};
#define STOP_MAX_BYTES 0u
size_t stop_encode(const struct stop *message, uint8_t *out);
enum decoded stop_decode(
    const uint8_t *payload, size_t length, struct stop *message);

/* Lights and horn; while it moves the lights are on whatever this says. */
struct set_signals {
  uint8_t light;
  uint8_t horn;
};
#define SET_SIGNALS_MAX_BYTES 2u
size_t set_signals_encode(const struct set_signals *message, uint8_t *out);
enum decoded set_signals_decode(
    const uint8_t *payload, size_t length, struct set_signals *message);

/* Closes or opens the contactor to the charger; only while disarmed. */
struct set_charging {
  uint8_t on;
};
#define SET_CHARGING_MAX_BYTES 1u
size_t set_charging_encode(const struct set_charging *message, uint8_t *out);
enum decoded set_charging_decode(
    const uint8_t *payload, size_t length, struct set_charging *message);

/* What the base is made of; follows hello. */
struct drive_facts {
  /* of one wheel's encoder */
  uint32_t ticks_per_m;
  /* from wheel to wheel */
  uint16_t track_mm;
  uint16_t speed_limit_mm_s;
  uint16_t turn_limit_mrad_s;
  uint16_t acceleration_mm_s2;
  /* in good order */
  uint16_t deceleration_mm_s2;
  /* as hard as it can */
  uint16_t stop_deceleration_mm_s2;
};
#define DRIVE_FACTS_MAX_BYTES 16u
size_t drive_facts_encode(const struct drive_facts *message, uint8_t *out);
enum decoded drive_facts_decode(
    const uint8_t *payload, size_t length, struct drive_facts *message);

/* How the drive is, 20 times a second, and at once when the state changes. */
struct drive_state_report {
  /* enum drive_state */
  uint8_t drive_state;
  /* enum stop_cause; why it is not armed; none where it is */
  uint8_t stop_cause;
  /* flags drive_inputs */
  uint8_t inputs;
  /* wraps */
  int32_t left_ticks;
  /* wraps */
  int32_t right_ticks;
  /* measured */
  int16_t speed_mm_s;
  /* measured */
  int16_t turn_mrad_s;
  /* motor output */
  int16_t left_permille;
  /* motor output */
  int16_t right_permille;
  /* to the next obstacle; 65535: none in sight */
  uint16_t free_ahead_mm;
  /* of the last drive_command; 0: none yet */
  uint32_t accepted_sequence;
  /* enum motor_fault; since minor version 1 */
  uint8_t motor_fault;
};
#define DRIVE_STATE_REPORT_MAX_BYTES 26u
size_t drive_state_report_encode(const struct drive_state_report *message, uint8_t *out);
enum decoded drive_state_report_decode(
    const uint8_t *payload, size_t length, struct drive_state_report *message);

/* How the battery is, once a second, and at once when a flag changes. */
struct battery_report {
  uint16_t voltage_mv;
  /* into the battery positive */
  int32_t current_ma;
  uint16_t charge_permille;
  uint16_t health_permille;
  /* tenths of a degree Celsius */
  int16_t temperature_dc;
  /* flags battery_flags */
  uint8_t battery_flags;
};
#define BATTERY_REPORT_MAX_BYTES 13u
size_t battery_report_encode(const struct battery_report *message, uint8_t *out);
enum decoded battery_report_decode(
    const uint8_t *payload, size_t length, struct battery_report *message);

#endif
