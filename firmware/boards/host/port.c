/* The computer that runs the tests: standard input and output as byte stream, wall-clock time as ticks. */
#define _POSIX_C_SOURCE 200112L /* clock_gettime, poll, read */

#include "tinyq/tq_port.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int tq_port_init(void) { return 0; }

size_t tq_port_read(void *data, size_t bytes) { return fread(data, 1, bytes, stdin); }

/* The computer keeps what comes by itself. */
void tq_port_listen(uint8_t *ring, size_t bytes) {
  (void)ring;
  (void)bytes;
}

size_t tq_port_poll(void *data, size_t bytes) {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 100) <= 0) {
    return 0;
  }
  const ssize_t count = read(STDIN_FILENO, data, bytes);
  return count > 0 ? (size_t)count : TQ_PORT_END;
}

int tq_port_watchdog_start(uint32_t milliseconds) {
  (void)milliseconds;
  return -1;
}

void tq_port_watchdog_feed(void) {}

/* Flushed at once: the host sees how far the program is, and a full disk shows here. */
size_t tq_port_write(const void *data, size_t bytes) {
  const size_t taken = fwrite(data, 1, bytes, stdout);
  return fflush(stdout) == 0 ? taken : 0;
}

/* 100 ns a tick: 2^32 of them are 7 minutes, more than one inference takes. */
uint32_t tq_port_ticks(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)((uint64_t)now.tv_sec * 10000000u + (uint64_t)now.tv_nsec / 100u);
}

/* Its input waits for it. */
void tq_port_ready(void) {}

int tq_port_safe_wait(void) { return 0; }

void tq_port_exit(int status) { exit(status); }

uint32_t tq_port_stack_bytes(void) { return 0; }
