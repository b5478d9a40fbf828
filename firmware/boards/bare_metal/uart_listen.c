/* Bytes that come while the program computes: the UART's interrupt puts them into the program's ring. */
#include "interrupts.h"
#include "tinyq/tq_port.h"
#include "uart.h"

static volatile uint8_t *volatile ring;
static size_t mask;
static volatile size_t from, to; /* the program's side and the interrupt's, each written by it alone */

void tq_port_listen(uint8_t *memory, size_t bytes) {
  mask = bytes - 1;
  ring = memory;
  uart_listen();
  uart_interrupt(); /* of a byte that came before, some UARTs do not tell any more */
  uart_interrupt_start();
  interrupts_on();
}

/* What does not fit is lost, and a frame with it. */
void uart_interrupt(void) {
  for (int byte = uart_get(); byte >= 0; byte = uart_get()) {
    const size_t now = to;
    if (((now + 1) & mask) != from) {
      ring[now] = (uint8_t)byte;
      to = (now + 1) & mask;
    }
  }
}

/* An interrupt that comes between the look and the sleep ends the sleep, because it is held back for so long only. */
static void sleep_while_empty(void) {
  interrupts_off();
  if (from == to) {
    __asm__ volatile("wfi" : : : "memory");
  }
  interrupts_on();
}

size_t tq_port_poll(void *data, size_t bytes) {
  uint8_t *out = data;
  size_t count = 0;
  sleep_while_empty();
  for (; count < bytes && from != to; ++count) {
    out[count] = ring[from];
    from = (from + 1) & mask;
  }
  return count;
}
