/* Text to the host, without the C library's printing. */
#ifndef TQ_PRINT_H
#define TQ_PRINT_H

#include "tinyq/tq_port.h"

#include <string.h>

static inline void print(const char *text) { tq_port_write(text, strlen(text)); }

static inline void print_int(int64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
  do {
    digits[--at] = (char)('0' + (int)(rest % 10u));
    rest /= 10u;
  } while (rest > 0);
  print(value < 0 ? "-" : "");
  tq_port_write(digits + at, sizeof digits - at);
}

#endif
