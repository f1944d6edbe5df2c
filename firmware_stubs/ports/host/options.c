/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../board.h"

#define DOORS_DEFAULT 8u

static const char usage[] =
    "--agent LINK --plant LINK [--kind drive|locker] [--kept FILE] [--doors N] [--id HEX] [--help]";

static struct options options;

_Noreturn void give_up(int exit_code, const char *what, const char *which) {
  (void)fprintf(stderr, "%s: %s %s\n", options.arguments[0], what, which);
  exit(exit_code);
}

static uint8_t number_up_to(const char *text, long most, const char *what) {
  char *end = NULL;
  long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 0 || value > most) {
    give_up(2, what, text);
  }
  return (uint8_t)value;
}

static void read_id(const char *text) {
  static const char digits[] = "0123456789abcdef";
  if (strlen(text) != 2u * sizeof options.unique_id) {
    give_up(2, "--id: 24 hexadecimal digits, not", text);
  }
  for (size_t i = 0; text[i] != '\0'; i++) {
    const char *digit = strchr(digits, text[i]);
    if (digit == NULL) {
      give_up(2, "--id: 24 lower-case hexadecimal digits, not", text);
    }
    uint8_t *byte = &options.unique_id[i / 2u];
    *byte = (uint8_t)((*byte << 4u) | (uint8_t)(digit - digits));
  }
}

static void take(const char *name, const char *value) {
  const char *kind = board_kind == BOARD_KIND_DRIVE ? "drive" : "locker";
  if (strcmp(name, "--agent") == 0) {
    options.links[HAL_LINE_AGENT] = value;
  } else if (strcmp(name, "--plant") == 0) {
    options.links[HAL_LINE_PLANT] = value;
  } else if (strcmp(name, "--kept") == 0) {
    options.kept_path = value;
  } else if (strcmp(name, "--doors") == 0) {
    options.door_count = number_up_to(value, DOORS_MAX, "--doors: 0 to 64, not");
  } else if (strcmp(name, "--id") == 0) {
    read_id(value);
  } else if (strcmp(name, "--kind") == 0) {
    if (strcmp(value, kind) != 0) {
      give_up(2, "--kind: this program is the other board, not a", value);
    }
  } else {
    give_up(2, "unknown option; usage:", usage);
  }
}

const struct options *options_read(int count, char **arguments) {
  options.arguments = arguments;
  options.door_count = board_kind == BOARD_KIND_LOCKER ? DOORS_DEFAULT : 0u;
  for (int i = 1; i < count; i += 2) {
    if (strcmp(arguments[i], "--help") == 0) {
      (void)printf("usage: %s %s\n", arguments[0], usage);
      exit(0);
    }
    if (i + 1 == count) {
      give_up(2, "a value is missing after", arguments[i]);
    }
    take(arguments[i], arguments[i + 1]);
  }
  if (options.links[HAL_LINE_AGENT] == NULL || options.links[HAL_LINE_PLANT] == NULL) {
    give_up(2, "usage:", usage);
  }
  if (strcmp(options.links[HAL_LINE_AGENT], options.links[HAL_LINE_PLANT]) == 0) {
    give_up(2, "--agent and --plant are two lines, and both are", options.links[HAL_LINE_AGENT]);
  }
  return &options;
}

const struct options *options_get(void) { return &options; }
