/* SPDX-License-Identifier: Apache-2.0 */
#include "battery.h"

#include "limits.h"

#define CHARGE_BETTER_PERMILLE 10u
#define COOLER_DC 50
#define VOLTAGE_BETTER_MV 500u

/* The flag where the value is low; one that is set stays until the value is clearly higher. */
static uint8_t low_flag(const struct battery *battery, uint8_t flag, uint32_t value,
                        uint32_t limit, uint32_t better) {
  bool was_low = (battery->report.battery_flags & flag) != 0u;
  return value < limit + (was_low ? better : 0u) ? flag : 0u;
}

static uint8_t fault_flag(const struct battery *battery, int16_t temperature_dc) {
  bool was_hot = (battery->report.battery_flags & BATTERY_FLAGS_FAULT) != 0u;
  return temperature_dc > BATTERY_LIMIT_DC - (was_hot ? COOLER_DC : 0)
             ? (uint8_t)BATTERY_FLAGS_FAULT
             : 0u;
}

/* 0 mV is a battery's board that does not answer: a board that runs has a supply. */
static uint8_t brown_out_flag(struct battery *battery, uint16_t voltage_mv, uint32_t step_ms) {
  if (voltage_mv == 0u) {
    return (uint8_t)(battery->report.battery_flags & BATTERY_FLAGS_BROWN_OUT);
  }
  uint8_t low = low_flag(battery, BATTERY_FLAGS_BROWN_OUT, voltage_mv, BROWN_OUT_MV,
                         VOLTAGE_BETTER_MV);
  if (low == 0u) {
    battery->low_ms = 0;
  } else if (battery->low_ms < BROWN_OUT_MS) {
    battery->low_ms += step_ms;
  }
  return battery->low_ms >= BROWN_OUT_MS ? low : 0u;
}

void battery_step(struct battery *battery, const struct drive_pins_in *in, bool charging,
                  uint32_t step_ms) {
  uint32_t charge = in->charge_permille;
  uint8_t flags = 0;
  flags |= charging && in->battery_ma > 0 ? (uint8_t)BATTERY_FLAGS_CHARGING : 0u;
  flags |= fault_flag(battery, in->battery_dc);
  flags |= in->battery_mv == 0u ? (uint8_t)BATTERY_FLAGS_FAULT : 0u;
  flags |= low_flag(battery, BATTERY_FLAGS_WARN, charge, BATTERY_WARN_PERMILLE + 1u,
                    CHARGE_BETTER_PERMILLE);
  flags |= low_flag(battery, BATTERY_FLAGS_RETURN, charge, BATTERY_RETURN_PERMILLE + 1u,
                    CHARGE_BETTER_PERMILLE);
  flags |= low_flag(battery, BATTERY_FLAGS_REFUSE, charge, BATTERY_REFUSE_PERMILLE + 1u,
                    CHARGE_BETTER_PERMILLE);
  flags |= brown_out_flag(battery, in->battery_mv, step_ms);
  battery->report = (struct battery_report){
      .voltage_mv = in->battery_mv,
      .current_ma = in->battery_ma,
      .charge_permille = in->charge_permille,
      .health_permille = in->health_permille,
      .temperature_dc = in->battery_dc,
      .battery_flags = flags,
  };
}

bool battery_refuses(const struct battery *battery) {
  return (battery->report.battery_flags & (BATTERY_FLAGS_REFUSE | BATTERY_FLAGS_FAULT)) != 0u;
}

bool battery_browns_out(const struct battery *battery) {
  return (battery->report.battery_flags & BATTERY_FLAGS_BROWN_OUT) != 0u;
}
