/* SPDX-License-Identifier: Apache-2.0 */
/* A board as a process: what the chip does, done with the means of POSIX.
 *
 * What must hold: a reset is a new start of the program that keeps lines and kept memory, so
 * that nothing else survives it; the watchdog resets a loop that hangs, and not one that the
 * machine does not let run: a chip is never starved, and D1 has its motors off in any case. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../core/generated/words.h"
#include "../../core/limits.h"
#include "../loop.h"
#include "lines.h"
#include "options.h"

/* Cause and descriptors, for the program that starts anew. */
#define RESUME "DROVER_BOARD_RESUME"
#define RESUME_NUMBERS 6
/* The watchdog looks first some time before its end, and then often: a loop that has used so
 * much of the processor since the first look hangs. */
#define LOOK_BEFORE_MS 100L
#define SET_EVERY_MS 100u /* it is wound up so often: each time costs a call of the system */
#define LOOK_EVERY_MS 50L
#define HANGS_AFTER_MS 40L
#define US_PER_MS 1000L
_Static_assert(WATCHDOG_MS > LOOK_BEFORE_MS, "the first look comes after a kick");
_Static_assert((WATCHDOG_MS - LOOK_BEFORE_MS) * US_PER_MS < 1000000L, "a timer's tv_usec");

static struct kept kept[KEPT_COPIES];
static int kept_file;
static uint8_t reset_cause = RESET_CAUSE_POWER_ON;
static char resume[96]; /* written beforehand: little may be done in a signal's handler */
static volatile sig_atomic_t looks;
static int64_t first_look_us;

static void start_timer(long first_ms) {
  struct itimerval timer = {
      .it_value = {.tv_sec = 0, .tv_usec = first_ms * US_PER_MS},
      .it_interval = {.tv_sec = 0, .tv_usec = first_ms > 0 ? LOOK_EVERY_MS * US_PER_MS : 0}};
  (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void restart(uint8_t cause) {
  start_timer(0);
  (void)signal(SIGALRM, SIG_IGN); /* one that is on its way must not meet a bare new program */
  resume[strlen(RESUME "=")] = (char)('0' + cause);
  char *const environment[] = {resume, NULL};
  char *const *arguments = options_get()->arguments;
  (void)execve("/proc/self/exe", arguments, environment);
  (void)execve(arguments[0], arguments, environment); /* where there is no /proc */
  _exit(3);
}

static int64_t used_us(void) {
  struct timespec used;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static void on_alarm(int number) {
  (void)number;
  int error = errno;
  if (looks == 0) {
    looks = 1;
    first_look_us = used_us();
  } else if (used_us() - first_look_us >= HANGS_AFTER_MS * US_PER_MS) {
    restart(RESET_CAUSE_WATCHDOG);
  }
  errno = error;
}

static void on_end(int number) {
  (void)number;
  lines_unlink(options_get());
  _exit(0);
}

static void hear_signals(void) {
  struct sigaction alarmed = {.sa_handler = on_alarm};
  struct sigaction ended = {.sa_handler = on_end};
  (void)sigaction(SIGALRM, &alarmed, NULL);
  (void)sigaction(SIGTERM, &ended, NULL);
  (void)sigaction(SIGINT, &ended, NULL);
  sigset_t all;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_UNBLOCK, &all, NULL); /* a restart came from within a handler */
}

static bool take_over(void) {
  const char *text = getenv(RESUME);
  if (text == NULL) {
    return false;
  }
  int numbers[RESUME_NUMBERS];
  for (int i = 0; i < RESUME_NUMBERS; i++) {
    char *end = NULL;
    numbers[i] = (int)strtol(text, &end, 10);
    if (end == text) {
      give_up(2, RESUME " is for the program itself, and is not", text);
    }
    text = end;
  }
  reset_cause = (uint8_t)numbers[0];
  kept_file = numbers[1];
  lines_adopt((struct line_files[]){{numbers[2], numbers[3]}, {numbers[4], numbers[5]}});
  return true;
}

static void open_kept(const char *path) {
  if (path == NULL) {
    static FILE *nameless; /* open to the end */
    nameless = tmpfile();
    kept_file = nameless != NULL ? fileno(nameless) : -1;
  } else {
    kept_file = open(path, O_RDWR | O_CREAT, 0600);
  }
  if (kept_file < 0) {
    give_up(2, "cannot keep anything:", strerror(errno));
  }
  if (flock(kept_file, LOCK_EX | LOCK_NB) != 0) {
    give_up(2, "another board keeps its memory in", path != NULL ? path : "a nameless file");
  }
}

void hal_start(void) {
  if (!take_over()) {
    open_kept(options_get()->kept_path);
    lines_open(options_get());
  }
  /* Short, or new: what is not there is not sealed, and that is seen. */
  if (pread(kept_file, kept, sizeof kept, 0) < 0) {
    give_up(3, "cannot read what was kept:", strerror(errno));
  }
  const struct line_files *files = lines_files();
  (void)snprintf(resume, sizeof resume, RESUME "=0 %d %d %d %d %d", kept_file, files[0].board,
                 files[0].far, files[1].board, files[1].far);
  hear_signals();
  hal_kick_watchdog();
}

uint32_t hal_now_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

struct kept *hal_kept(void) { return kept; }

void hal_keep(unsigned copy) {
  off_t at = (off_t)(copy * sizeof kept[0]);
  if (pwrite(kept_file, &kept[copy], sizeof kept[0], at) != (ssize_t)sizeof kept[0]) {
    give_up(3, "cannot keep anything:", strerror(errno));
  }
}

uint32_t hal_entropy(void) {
  uint32_t drawn = 0;
  if (getrandom(&drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn) {
    give_up(3, "cannot draw a number:", strerror(errno));
  }
  return drawn;
}

uint8_t hal_reset_cause(void) { return reset_cause; }

const uint8_t *hal_unique_id(void) { return options_get()->unique_id; }

void hal_kick_watchdog(void) {
  static uint32_t set_ms;
  static bool is_set;
  looks = 0;
  if (!is_set || hal_now_ms() - set_ms >= SET_EVERY_MS) {
    is_set = true;
    set_ms = hal_now_ms();
    start_timer((long)WATCHDOG_MS - LOOK_BEFORE_MS);
  }
}

void hal_wait(void) { lines_wait(HAL_WAIT_MAX_MS); }

bool hal_has_loader(void) { return false; }

void hal_enter_loader(void) { hal_reset(); }

void hal_reset(void) { restart(RESET_CAUSE_SOFTWARE); }

int main(int count, char **arguments) {
  board_loop(options_read(count, arguments)->door_count);
}
