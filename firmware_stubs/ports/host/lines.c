/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../ring.h"

#define CHUNK_BYTES 4096u
/* Of what was sent and not read: a second's worth, and less than the terminal itself holds. */
#define UNREAD_MAX_BYTES 3000
#define PATH_BYTES 4096u

static struct line_files files[HOST_LINES];
static struct ring received[HOST_LINES];
static uint32_t overruns[HOST_LINES];

static void make_link(const char *target, const char *link) {
  struct stat there;
  if (lstat(link, &there) == 0 && !S_ISLNK(there.st_mode)) {
    give_up(2, "is there already and is no link:", link);
  }
  /* Renamed into place, so that whoever waits for it never finds half of it or an old one. */
  char fresh[PATH_BYTES];
  int length = snprintf(fresh, sizeof fresh, "%s.%ld", link, (long)getpid());
  if (length < 0 || (size_t)length >= sizeof fresh || symlink(target, fresh) != 0 ||
      rename(fresh, link) != 0) {
    give_up(2, "cannot be made (does its folder exist?):", link);
  }
}

static void open_line(struct line_files *line, const char *link) {
  line->board = posix_openpt(O_RDWR | O_NOCTTY);
  if (line->board < 0 || grantpt(line->board) != 0 || unlockpt(line->board) != 0) {
    give_up(3, "no pseudo terminal:", strerror(errno));
  }
  const char *name = ptsname(line->board);
  struct termios mode;
  line->far = name != NULL ? open(name, O_RDWR | O_NOCTTY) : -1;
  if (line->far < 0 || tcgetattr(line->far, &mode) != 0) {
    give_up(3, "no pseudo terminal:", strerror(errno));
  }
  cfmakeraw(&mode);
  if (tcsetattr(line->far, TCSANOW, &mode) != 0 ||
      fcntl(line->board, F_SETFL, O_NONBLOCK) != 0) {
    give_up(3, "no raw pseudo terminal:", strerror(errno));
  }
  make_link(name, link);
}

void lines_open(const struct options *options) {
  for (unsigned i = 0; i < HOST_LINES; i++) {
    open_line(&files[i], options->links[i]);
  }
}

void lines_adopt(const struct line_files were[HOST_LINES]) {
  memcpy(files, were, sizeof files);
}

const struct line_files *lines_files(void) { return files; }

void lines_unlink(const struct options *options) {
  for (unsigned i = 0; i < HOST_LINES; i++) {
    (void)unlink(options->links[i]);
  }
}

/* Not in the wait but when the loop asks: were it not let run for a while in between, what had
 * come meanwhile would look as if it had not, and a wire as if it were cut. */
static void fill(unsigned line) {
  uint8_t bytes[CHUNK_BYTES];
  ssize_t length = read(files[line].board, bytes, sizeof bytes);
  for (ssize_t i = 0; i < length; i++) {
    if (!ring_put(&received[line], bytes[i])) {
      overruns[line]++;
    }
  }
}

void lines_wait(int wait_ms) {
  struct pollfd polled[HOST_LINES];
  for (unsigned i = 0; i < HOST_LINES; i++) {
    polled[i] = (struct pollfd){.fd = files[i].board, .events = POLLIN};
  }
  (void)poll(polled, HOST_LINES, wait_ms);
}

size_t hal_receive(enum hal_line line, uint8_t *bytes, size_t capacity) {
  if (ring_is_empty(&received[line])) {
    fill(line);
  }
  return ring_take_all(&received[line], bytes, capacity);
}

size_t hal_send(enum hal_line line, const uint8_t *bytes, size_t length) {
  int unread = 0;
  if (ioctl(files[line].far, FIONREAD, &unread) == 0 && unread > UNREAD_MAX_BYTES) {
    (void)tcflush(files[line].far, TCIFLUSH);
  }
  ssize_t taken = write(files[line].board, bytes, length);
  return taken > 0 ? (size_t)taken : 0u;
}

uint32_t hal_overruns(enum hal_line line) { return overruns[line]; }
