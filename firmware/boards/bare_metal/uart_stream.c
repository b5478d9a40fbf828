/* The byte stream of boards with a UART. It has no end: a host that falls silent is waited for. */
#include "interrupts.h"
#include "semihosting.h"
#include "tinyq/tq_port.h"
#include "uart.h"

/* The program is over. Where nobody debugs, the call of semihosting is a fault then, of which nothing is said. */
static volatile int ended;

void tq_port_ready(void) {
  static const char ready[] = "tinyq\n";
  tq_port_write(ready, sizeof ready - 1);
}

static uint8_t await_byte(void) {
  int byte = uart_get();
  while (byte < 0) {
    byte = uart_get();
  }
  return (uint8_t)byte;
}

/* Without interrupts, which would take the byte. */
int tq_port_safe_wait(void) {
  interrupts_off();
  if (ended) {
    return 0;
  }
  await_byte();
  return 1;
}

size_t tq_port_read(void *data, size_t bytes) {
  uint8_t *to = data;
  for (size_t i = 0; i < bytes; ++i) {
    to[i] = await_byte();
  }
  return bytes;
}

size_t tq_port_write(const void *data, size_t bytes) {
  const uint8_t *from = data;
  for (size_t i = 0; i < bytes && !ended; ++i) {
    uart_put(from[i]);
  }
  return bytes;
}

/* A debugger or an emulator takes the status; without one, the fault comes here again, and the core stops. */
void tq_port_exit(int status) {
  if (!ended) {
    ended = 1;
    semihosting_exit(status);
  }
  for (;;) {
  }
}
