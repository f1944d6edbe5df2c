/* SPDX-License-Identifier: Apache-2.0 */
/* One door: its two sensors, its state (enum door_state), and when it wants which coil.
 *
 * What must hold: a door is unlocked on command only, and only while the robot stands; it is
 * locked again by itself; a bolt that was thrown and is found open, or a door that is, was
 * forced, and stays so until a person has looked (L2, L3, L5). */
#ifndef DROVER_DOOR_H
#define DROVER_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "coils.h"
#include "debounce.h"

#define NO_EVENT 255u

/* What the value of a door's event says. */
enum forced_value { FORCED_BOLT = 0, FORCED_DOOR = 1, FORCED_BEFORE_START = 2 };
enum jammed_value { JAMMED_UNLOCKING = 0, JAMMED_LOCKING = 1 };

/* How far a door is with moving its bolt. */
enum bolt_phase { BOLT_RESTS, BOLT_WAITS, BOLT_MOVES, BOLT_SETTLES, BOLT_TURNS_BACK };

struct door {
  uint8_t number;
  uint8_t state; /* enum door_state */
  uint8_t phase; /* enum bolt_phase, while unlocking or closed_unlocked */
  uint8_t tries; /* pulses so far */
  bool bolted;   /* jammed: with the bolt thrown */
  bool was_left_open;
  uint16_t hold_ms;
  uint32_t lasted_ms; /* the state, or the phase */
  struct debounced closed, latched;
};

/* What a door learns in a step. */
struct door_inputs {
  bool wired; /* else its sensors cannot be read */
  bool closed, latched;
  bool standing;
};

struct door_event {
  uint8_t kind; /* enum event_kind, or NO_EVENT */
  int32_t value;
};

/* Unknown until its sensors are known; `forced`: it was before the start, and is. */
void door_start(struct door *door, uint8_t number, bool forced);

/* Lets time pass, believes the sensors, and moves the bolt where that is due. */
struct door_event door_step(struct door *door, const struct door_inputs *inputs,
                            struct coils *coils, uint32_t elapsed_ms);

/* The commands, answered by an enum result. They only say what the next step does: a coil's
 * time is counted by steps. */
uint8_t door_unlock(struct door *door, uint16_t hold_ms, bool standing,
                    const struct coils *coils);
void door_lock(struct door *door);
uint8_t door_forgive(struct door *door);

/* Its state as far as it is seen: unknown while its sensors are; what was forced stays so. */
uint8_t door_seen_state(const struct door *door);

/* Whether it is seen shut and bolted, and nobody wants it otherwise. */
bool door_is_shut(const struct door *door);

/* Whether nobody has let it open, as far as is known: what its sensors say aside. */
bool door_should_be_bolted(const struct door *door);

#endif
