/* SPDX-License-Identifier: Apache-2.0 */
/* How far a build may go with the numbers of limits.h: slower, sooner and more careful than here is
 * its own business, the other way does not compile. Not named here is what only its machine knows:
 * wheels, motors' full speed and current, the pack's voltage. */
#ifndef DROVER_BOUNDS_H
#define DROVER_BOUNDS_H

#define AT_MOST(name, most) _Static_assert((name) <= (most), #name " must be at most " #most)
#define AT_LEAST(name, least) _Static_assert((name) >= (least), #name " must be at least " #least)

AT_MOST(COMMAND_TIMEOUT_MS, 250u);        /* D1 */
AT_MOST(COMMAND_FRESH_MS, 250u);          /* D1 */
AT_MOST(STOPPING_SETTLE_MS, 250u);        /* D1 */
AT_LEAST(RESET_BUTTON_MS, 300u);          /* D3: not by a bump */
AT_MOST(STEP_MAX_MS, 10u);                /* D4, C3: seen in one turn, done in the next: 20 ms */
AT_LEAST(STEP_MAX_MS, 10u);               /* what a loop needs, on the watch for late commands */
AT_MOST(WATCHDOG_MS, 500u);               /* D6 */
AT_LEAST(WATCHDOG_MS, 200u);              /* D6: not where the loop is only late */
AT_MOST(SPEED_LIMIT_MM_S, 1670u);         /* D7 */
AT_MOST(TURN_LIMIT_MRAD_S, 1500u);        /* D7 */
AT_MOST(ACCELERATION_MM_S2, 1000u);       /* D7 */
AT_MOST(DECELERATION_MM_S2, 2000u);       /* D7 */
AT_MOST(STOP_DECELERATION_MM_S2, 3000u);  /* D8: parcels and bodywork take no more */
AT_LEAST(STOP_DECELERATION_MM_S2, 2000u); /* D8: the longest ways of the table */
AT_MOST(STANDING_MM_S, 20u);              /* D5, L3 */
AT_LEAST(BATTERY_WARN_PERMILLE, 250u);    /* D10 */
AT_LEAST(BATTERY_RETURN_PERMILLE, 150u);  /* D10 */
AT_LEAST(BATTERY_REFUSE_PERMILLE, 50u);   /* D10 */
AT_MOST(BATTERY_LIMIT_DC, 600);           /* D10 */
AT_MOST(BROWN_OUT_MS, 50u);               /* D10 */
AT_MOST(FAULT_LATENCY_MS, 100u);          /* D11 */
AT_LEAST(FAULT_LATENCY_MS, 30u);          /* D11: two turns of the loop are part of it */
AT_MOST(MOTOR_LIMIT_DC, 900);             /* D11 */
AT_MOST(WHEEL_BEHIND_MM, 40);             /* D11 */
AT_MOST(TILT_MS, 100u);                   /* D13 */
AT_MOST(LOCK_PULSE_MS, 500u);             /* L1 */
AT_LEAST(LOCK_REST_FACTOR, 9u);           /* L1 */
AT_MOST(LOCK_SETTLE_MS, 200u);            /* L2 */
AT_MOST(LOCK_TRIES, 3u);                  /* L2 */
AT_MOST(DOOR_LEFT_OPEN_MS, 60000u);       /* L2 */
AT_MOST(SENSOR_DEBOUNCE_MS, 30u);         /* L5 */
AT_MOST(KEYPAD_TRIES, 5u);                /* L4 */
AT_LEAST(KEYPAD_LOCK_MS, 60000u);         /* L4 */
AT_MOST(KEYPAD_ANSWER_MS, 5000u);         /* L4 */
AT_MOST(KEYPAD_KEEP_MS, 1000u);           /* L4 */
AT_MOST(KEYPAD_IDLE_MS, 10000u);          /* L4 */

#endif
