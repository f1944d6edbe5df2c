/* SPDX-License-Identifier: Apache-2.0 */
/* The two serial lines of a board that is a process: pseudo terminals behind symbolic links.
 *
 * What must hold: a line behaves as a wire does. What nobody reads is lost and not read later;
 * what comes faster than the loop takes it overruns the ring and is counted; nothing here
 * waits. */
#ifndef DROVER_HOST_LINES_H
#define DROVER_HOST_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* Descriptors outlive a restart of the program. */
struct line_files {
  int board, far; /* our end, and the other's, kept open so that it may come and go */
};

/* Makes the lines and their links. Ends the process where it cannot. */
void lines_open(const struct options *options);

/* Takes lines over that were there before the restart. */
void lines_adopt(const struct line_files files[HOST_LINES]);

const struct line_files *lines_files(void);

/* Waits until bytes come, `wait_ms` at most. */
void lines_wait(int wait_ms);

/* Removes the links. May be called in a signal's handler. */
void lines_unlink(const struct options *options);

#endif
