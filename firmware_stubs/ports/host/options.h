/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says. */
#ifndef DROVER_HOST_OPTIONS_H
#define DROVER_HOST_OPTIONS_H

#include <stdint.h>

#include "../../hal/hal.h"

#define HOST_LINES 2u

struct options {
  char **arguments;              /* to start anew with */
  const char *links[HOST_LINES]; /* by enum hal_line: where to find the line */
  const char *kept_path;         /* NULL: kept until the process ends */
  uint8_t door_count;
  uint8_t unique_id[12];
};

/* Ends the process with exit code 2 and one sentence where something is wrong. */
const struct options *options_read(int count, char **arguments);

/* The same, once they are read. */
const struct options *options_get(void);

/* One sentence on stderr, exit code 2 (bad input) or 3 (the machine lacks something). */
_Noreturn void give_up(int exit_code, const char *what, const char *which);

#endif
