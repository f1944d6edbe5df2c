/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the boards, each with the requirement it comes from (README.md). A build gives
 * its own here or with -D (-DSPEED_LIMIT_MM_S=1110u); how far it may go, bounds.h says. */
#ifndef DROVER_LIMITS_H
#define DROVER_LIMITS_H

#ifndef COMMAND_TIMEOUT_MS
#define COMMAND_TIMEOUT_MS 250u /* D1 */
#endif
#ifndef SPEED_LIMIT_MM_S
#define SPEED_LIMIT_MM_S 1670u /* D7: 6 km/h */
#endif
#ifndef COMMAND_FRESH_MS
#define COMMAND_FRESH_MS 250u /* D1: a command that saw nothing newer is stale */
#endif
#ifndef TURN_LIMIT_MRAD_S
#define TURN_LIMIT_MRAD_S 1500u /* D7 */
#endif
#ifndef ACCELERATION_MM_S2
#define ACCELERATION_MM_S2 1000u /* D7 */
#endif
#ifndef DECELERATION_MM_S2
#define DECELERATION_MM_S2 2000u /* D7 */
#endif
#ifndef STOP_DECELERATION_MM_S2
#define STOP_DECELERATION_MM_S2 3000u /* D8 */
#endif
#ifndef STEP_MAX_MS
#define STEP_MAX_MS 10u /* a control loop turns at least so often */
#endif
#ifndef FAULT_LATENCY_MS
#define FAULT_LATENCY_MS 100u /* D11 */
#endif
#ifndef TILT_MS
#define TILT_MS 100u /* D13: a kerb shakes it for less */
#endif
#ifndef STOPPING_SETTLE_MS
#define STOPPING_SETTLE_MS 250u /* D1: one that rolls on so long after its ramp: brake */
#endif
#ifndef RESET_BUTTON_MS
#define RESET_BUTTON_MS 300u /* D3: held so long by a person */
#endif
#ifndef WATCHDOG_MS
#define WATCHDOG_MS 500u /* D6 */
#endif
#ifndef STANDING_MM_S
#define STANDING_MM_S 20u /* slower is standing */
#endif
#ifndef TICKS_PER_M
#define TICKS_PER_M 4000u /* D9 */
#endif
#ifndef TRACK_MM
#define TRACK_MM 500u /* D9 */
#endif
#ifndef MOTOR_FULL_MM_S
#define MOTOR_FULL_MM_S 2200u /* a wheel's speed at 1000 permille */
#endif
#ifndef WHEEL_BEHIND_MM
#define WHEEL_BEHIND_MM 40 /* D11: further behind what is expected: a fault */
#endif
#ifndef MOTOR_LIMIT_MA
#define MOTOR_LIMIT_MA 20000 /* D11 */
#endif
#ifndef MOTOR_LIMIT_DC
#define MOTOR_LIMIT_DC 900 /* D11: 90 degrees Celsius */
#endif
#ifndef BATTERY_WARN_PERMILLE
#define BATTERY_WARN_PERMILLE 250u /* D10 */
#endif
#ifndef BATTERY_RETURN_PERMILLE
#define BATTERY_RETURN_PERMILLE 150u /* D10 */
#endif
#ifndef BATTERY_REFUSE_PERMILLE
#define BATTERY_REFUSE_PERMILLE 50u /* D10 */
#endif
#ifndef BATTERY_LIMIT_DC
#define BATTERY_LIMIT_DC 600 /* D10: hotter than 60 degrees Celsius is a fault */
#endif
#ifndef BROWN_OUT_MV
#define BROWN_OUT_MV 19000u /* D10: a 24 V pack that breaks down */
#endif
#ifndef BROWN_OUT_MS
#define BROWN_OUT_MS 50u /* D10: for so long */
#endif
#ifndef LOCK_PULSE_MS
#define LOCK_PULSE_MS 500u /* L1: longest */
#endif
#ifndef LOCK_REST_FACTOR
#define LOCK_REST_FACTOR 9u /* L1: rests so many times as long as it was on */
#endif
#ifndef LOCK_SETTLE_MS
#define LOCK_SETTLE_MS 200u /* L2: a bolt is given so long after its pulse */
#endif
#ifndef LOCK_TRIES
#define LOCK_TRIES 3u /* L2: pulses before a door counts as jammed */
#endif
#ifndef DOOR_LEFT_OPEN_MS
#define DOOR_LEFT_OPEN_MS 60000u /* L2 */
#endif
#ifndef SENSOR_DEBOUNCE_MS
#define SENSOR_DEBOUNCE_MS 30u /* doors and keys */
#endif
#ifndef KEYPAD_TRIES
#define KEYPAD_TRIES 5u /* L4 */
#endif
#ifndef KEYPAD_LOCK_MS
#define KEYPAD_LOCK_MS 60000u /* L4 */
#endif
#ifndef KEYPAD_ANSWER_MS
#define KEYPAD_ANSWER_MS 5000u /* L4: without a word by then the entry was wrong */
#endif
#ifndef KEYPAD_RESEND_MS
#define KEYPAD_RESEND_MS 200u /* an entry is said again until it is answered */
#endif
#ifndef KEYPAD_KEEP_MS
#define KEYPAD_KEEP_MS 1000u /* L4: so often the rest of a lock-out is kept */
#endif
#ifndef KEYPAD_IDLE_MS
#define KEYPAD_IDLE_MS 10000u /* a half-typed code is forgotten */
#endif

#include "bounds.h"

#endif
