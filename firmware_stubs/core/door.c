/* SPDX-License-Identifier: Apache-2.0 */
#include "door.h"

#include "generated/words.h"
#include "limits.h"

static const struct door_event nothing = {.kind = NO_EVENT};

static struct door_event tell(enum event_kind kind, int32_t value) {
  return (struct door_event){.kind = (uint8_t)kind, .value = value};
}

static void become(struct door *door, enum door_state state, enum bolt_phase phase) {
  door->state = (uint8_t)state;
  door->phase = (uint8_t)phase;
  door->lasted_ms = 0;
  door->tries = 0;
  door->was_left_open = false;
}

static void go_on(struct door *door, enum bolt_phase phase) {
  door->phase = (uint8_t)phase;
  door->lasted_ms = 0;
}

static bool is_seen(const struct door *door) {
  return door->closed.known && door->latched.known;
}

/* Whatever the bolt is doing, it is thrown next; it may still be on its way. */
static void turn_back(struct door *door, struct coils *coils) {
  coils_switch_off(coils, door->number);
  become(door, DOOR_STATE_CLOSED_UNLOCKED, BOLT_SETTLES);
}

static struct door_event jam(struct door *door, enum jammed_value value) {
  become(door, DOOR_STATE_JAMMED, BOLT_RESTS);
  door->bolted = value == JAMMED_UNLOCKING;
  return tell(EVENT_KIND_DOOR_JAMMED, (int32_t)value);
}

static struct door_event be_forced(struct door *door) {
  become(door, DOOR_STATE_FORCED, BOLT_RESTS);
  return tell(EVENT_KIND_DOOR_FORCED, door->closed.value ? FORCED_BOLT : FORCED_DOOR);
}

/* One turn of moving the bolt by `coil`; true: the last try was in vain. */
static bool move_bolt(struct door *door, enum coil coil, struct coils *coils) {
  switch (door->phase) {
    case BOLT_WAITS:
      if (coils_switch_on(coils, door->number, coil)) {
        door->tries++;
        go_on(door, BOLT_MOVES);
      }
      return false;
    case BOLT_MOVES:
      if (coils->door != door->number) {
        go_on(door, BOLT_SETTLES);
      }
      return false;
    default: /* it settles */
      if (door->lasted_ms < LOCK_SETTLE_MS) {
        return false;
      }
      go_on(door, BOLT_WAITS);
      return door->tries >= LOCK_TRIES;
  }
}

static struct door_event step_unknown(struct door *door) {
  if (!door->closed.value) {
    /* Perhaps the power went while somebody was loading: open, but not forced. */
    become(door, DOOR_STATE_OPEN, BOLT_RESTS);
    door->was_left_open = true;
    return tell(EVENT_KIND_DOOR_LEFT_OPEN, 0);
  }
  if (door->latched.value) {
    become(door, DOOR_STATE_LOCKED, BOLT_RESTS);
  } else {
    become(door, DOOR_STATE_CLOSED_UNLOCKED, BOLT_WAITS);
  }
  return nothing;
}

static struct door_event step_unlocking(struct door *door, const struct door_inputs *inputs,
                                        struct coils *coils) {
  if (!inputs->standing || door->phase == BOLT_TURNS_BACK) {
    turn_back(door, coils);
    return nothing;
  }
  if (!door->closed.value) {
    coils_switch_off(coils, door->number);
    become(door, DOOR_STATE_OPEN, BOLT_RESTS);
    return nothing;
  }
  if (!door->latched.value) {
    coils_switch_off(coils, door->number);
    become(door, DOOR_STATE_CLOSED_UNLOCKED, BOLT_RESTS);
    return nothing;
  }
  bool in_vain = move_bolt(door, COIL_UNLOCK, coils);
  return in_vain ? jam(door, JAMMED_UNLOCKING) : nothing;
}

static struct door_event step_closed_unlocked(struct door *door,
                                              const struct door_inputs *inputs,
                                              struct coils *coils) {
  if (!door->closed.value) {
    coils_switch_off(coils, door->number);
    become(door, DOOR_STATE_OPEN, BOLT_RESTS);
    return nothing;
  }
  if (door->latched.value &&
      (door->phase != BOLT_SETTLES || door->lasted_ms >= LOCK_SETTLE_MS)) {
    coils_switch_off(coils, door->number);
    become(door, DOOR_STATE_LOCKED, BOLT_RESTS);
    return nothing;
  }
  if (door->phase == BOLT_RESTS) {
    /* It must not stay unlocked where the robot is being moved. */
    if (!inputs->standing || door->lasted_ms >= door->hold_ms) {
      go_on(door, BOLT_WAITS);
    }
    return nothing;
  }
  bool in_vain = move_bolt(door, COIL_LOCK, coils);
  return in_vain ? jam(door, JAMMED_LOCKING) : nothing;
}

static struct door_event step_open(struct door *door) {
  if (door->closed.value) {
    become(door, DOOR_STATE_CLOSED_UNLOCKED, BOLT_WAITS);
    return nothing;
  }
  if (door->lasted_ms < DOOR_LEFT_OPEN_MS || door->was_left_open) {
    return nothing;
  }
  door->was_left_open = true;
  return tell(EVENT_KIND_DOOR_LEFT_OPEN, (int32_t)DOOR_LEFT_OPEN_MS);
}

static struct door_event step_jammed(struct door *door) {
  if (door->bolted) {
    return door_is_shut(door) ? nothing : be_forced(door);
  }
  if (!door->closed.value) {
    become(door, DOOR_STATE_OPEN, BOLT_RESTS);
  } else if (door->latched.value) {
    become(door, DOOR_STATE_LOCKED, BOLT_RESTS);
  }
  return nothing;
}

static void believe(struct door *door, const struct door_inputs *inputs, uint32_t elapsed_ms) {
  if (inputs->wired) {
    debounce(&door->closed, inputs->closed, elapsed_ms);
    debounce(&door->latched, inputs->latched, elapsed_ms);
  } else {
    debounce_pause(&door->closed);
    debounce_pause(&door->latched);
  }
}

void door_start(struct door *door, uint8_t number, bool forced) {
  *door = (struct door){.number = number};
  door->state = forced ? DOOR_STATE_FORCED : DOOR_STATE_UNKNOWN;
}

struct door_event door_step(struct door *door, const struct door_inputs *inputs,
                            struct coils *coils, uint32_t elapsed_ms) {
  believe(door, inputs, elapsed_ms);
  door->lasted_ms = longer_ms(door->lasted_ms, elapsed_ms);
  if (!is_seen(door)) {
    /* Nothing is decided by sensors of which nothing is known, and no bolt is moved. */
    if (door->state == DOOR_STATE_UNLOCKING) {
      turn_back(door, coils);
    }
    return nothing;
  }
  switch (door->state) {
    case DOOR_STATE_UNKNOWN:
      return step_unknown(door);
    case DOOR_STATE_LOCKED:
      return door_is_shut(door) ? nothing : be_forced(door);
    case DOOR_STATE_UNLOCKING:
      return step_unlocking(door, inputs, coils);
    case DOOR_STATE_OPEN:
      return step_open(door);
    case DOOR_STATE_CLOSED_UNLOCKED:
      return step_closed_unlocked(door, inputs, coils);
    case DOOR_STATE_JAMMED:
      return step_jammed(door);
    default: /* forced: only a person's word changes that */
      return nothing;
  }
}

uint8_t door_unlock(struct door *door, uint16_t hold_ms, bool standing,
                    const struct coils *coils) {
  if (!standing) {
    return RESULT_INTERLOCK;
  }
  if (door->state == DOOR_STATE_FORCED) {
    return RESULT_WRONG_STATE;
  }
  if (!is_seen(door)) {
    return RESULT_BUSY;
  }
  switch (door->state) {
    case DOOR_STATE_OPEN:
      return RESULT_DONE;
    case DOOR_STATE_UNLOCKING:
      if (door->phase == BOLT_TURNS_BACK) {
        return RESULT_BUSY;
      }
      door->hold_ms = hold_ms;
      return RESULT_DONE;
    case DOOR_STATE_CLOSED_UNLOCKED:
      if (door->phase != BOLT_RESTS) {
        return RESULT_BUSY; /* it is being locked */
      }
      door->hold_ms = hold_ms;
      door->lasted_ms = 0;
      return RESULT_DONE;
    default: /* locked or jammed */
      break;
  }
  if (!coils_rested(coils, door->number)) {
    return RESULT_DUTY;
  }
  become(door, DOOR_STATE_UNLOCKING, BOLT_WAITS);
  door->hold_ms = hold_ms;
  return RESULT_DONE;
}

void door_lock(struct door *door) {
  if (door->state == DOOR_STATE_UNLOCKING) {
    go_on(door, BOLT_TURNS_BACK);
  } else if (door->state == DOOR_STATE_CLOSED_UNLOCKED && door->phase == BOLT_RESTS) {
    go_on(door, BOLT_WAITS);
  }
}

uint8_t door_forgive(struct door *door) {
  if (door->state != DOOR_STATE_FORCED) {
    return RESULT_DONE;
  }
  if (!is_seen(door) || !door->closed.value) {
    return RESULT_WRONG_STATE;
  }
  become(door, DOOR_STATE_CLOSED_UNLOCKED, BOLT_WAITS);
  return RESULT_DONE;
}

uint8_t door_seen_state(const struct door *door) {
  bool said = is_seen(door) || door->state == DOOR_STATE_FORCED;
  return said ? door->state : (uint8_t)DOOR_STATE_UNKNOWN;
}

bool door_is_shut(const struct door *door) {
  bool can_be = door->state == DOOR_STATE_LOCKED || door->state == DOOR_STATE_JAMMED;
  return can_be && is_seen(door) && door->closed.value && door->latched.value;
}

bool door_should_be_bolted(const struct door *door) {
  return door->state == DOOR_STATE_LOCKED || door->state == DOOR_STATE_UNKNOWN ||
         (door->state == DOOR_STATE_JAMMED && door->bolted);
}
