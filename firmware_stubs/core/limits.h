/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the boards, each with the requirement it comes from (README.md). A build may make
 * a robot slower and a time-out shorter, never the other way. */
#ifndef DROVER_LIMITS_H
#define DROVER_LIMITS_H

#ifndef COMMAND_TIMEOUT_MS
#define COMMAND_TIMEOUT_MS 250u /* D1 */
#endif
#if COMMAND_TIMEOUT_MS > 250u
#error "COMMAND_TIMEOUT_MS must not be longer than 250 (D1)"
#endif

#ifndef SPEED_LIMIT_MM_S
#define SPEED_LIMIT_MM_S 1670u /* D7: 6 km/h */
#endif
#if SPEED_LIMIT_MM_S > 1670u
#error "SPEED_LIMIT_MM_S must not be more than 1670 (D7)"
#endif

#define COMMAND_FRESH_MS 250u           /* D1: a command that saw nothing newer is stale */
#define TURN_LIMIT_MRAD_S 1500u         /* D7 */
#define ACCELERATION_MM_S2 1000u        /* D7 */
#define DECELERATION_MM_S2 2000u        /* D7 */
#define STOP_DECELERATION_MM_S2 3000u   /* D8 */
#define BUMPER_LATENCY_MS 20u           /* D4 */
#define STEP_MAX_MS 10u                 /* a control loop turns at least so often */
#define FAULT_LATENCY_MS 100u           /* D11 */
#define TILT_MS 100u                    /* D13: a kerb shakes it for less */
#define STOPPING_SETTLE_MS 250u         /* D1: one that rolls on so long after its ramp: brake */
#define RESET_BUTTON_MS 300u            /* D3: held so long by a person */
#define WATCHDOG_MS 500u                /* D6 */
#define STANDING_MM_S 20u               /* slower is standing */
#define TICKS_PER_M 4000u               /* D9 */
#define TRACK_MM 500u                   /* D9 */
#define MOTOR_FULL_MM_S 2200u           /* a wheel's speed at 1000 permille */
#define WHEEL_BEHIND_MM 40              /* D11: further behind what is expected: a fault */
#define MOTOR_LIMIT_MA 20000            /* D11 */
#define MOTOR_LIMIT_DC 900              /* D11: 90 degrees Celsius */
#define BATTERY_WARN_PERMILLE 250u      /* D10 */
#define BATTERY_RETURN_PERMILLE 150u    /* D10 */
#define BATTERY_REFUSE_PERMILLE 50u     /* D10 */
#define BATTERY_LIMIT_DC 600            /* D10: hotter than 60 degrees Celsius is a fault */
#define BROWN_OUT_MV 19000u             /* D10: a 24 V pack that breaks down */
#define BROWN_OUT_MS 50u                /* D10: for so long */
#define LOCK_PULSE_MS 500u              /* L1: longest */
#define LOCK_REST_FACTOR 9u             /* L1: rests so many times as long as it was on */
#define LOCK_SETTLE_MS 200u             /* L2: a bolt is given so long after its pulse */
#define LOCK_TRIES 3u                   /* L2: pulses before a door counts as jammed */
#define UNLOCK_HOLD_DEFAULT_MS 8000u    /* L2 */
#define DOOR_LEFT_OPEN_MS 60000u        /* L2 */
#define SENSOR_DEBOUNCE_MS 30u          /* doors and keys */
#define KEYPAD_TRIES 5u                 /* L4 */
#define KEYPAD_LOCK_MS 60000u           /* L4 */
#define KEYPAD_ANSWER_MS 5000u          /* L4: without a word by then the entry was wrong */
#define KEYPAD_RESEND_MS 200u           /* an entry is said again until it is answered */
#define KEYPAD_KEEP_MS 1000u            /* L4: so often the rest of a lock-out is kept */
#define KEYPAD_IDLE_MS 10000u           /* a half-typed code is forgotten */

#endif
