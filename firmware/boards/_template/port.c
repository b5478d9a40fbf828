/* A board of your own: its clock, its UART, its ticks. Here: the UART of Arm's Cortex-M System Design Kit. */
#include "tinyq/tq_port.h"

#include "../bare_metal/cycles.h"
#include "../bare_metal/uart.h"

typedef struct {
  volatile uint32_t data, state, control, interrupt, divisor;
} cmsdk_uart;

#define UART ((cmsdk_uart *)0x40004000u)
#define CLOCK_HZ 25000000u

enum { FULL = 1, RECEIVED = 2, TRANSMITTER_AND_RECEIVER = 3, INTERRUPT_RECEIVED = 8 };

/* Clocks and pins first, where a chip needs that. */
int tq_port_init(void) {
  UART->divisor = CLOCK_HZ / TQ_BAUD;
  UART->control = TRANSMITTER_AND_RECEIVER;
  cycles_start();
  return 0;
}

UART_INTERRUPT(0);

/* The interrupt ends before the byte is read: then the next byte may ask for another. */
int uart_get(void) {
  UART->interrupt = RECEIVED;
  return UART->state & RECEIVED ? (int)(UART->data & 0xFFu) : -1;
}

void uart_listen(void) { UART->control |= INTERRUPT_RECEIVED; }

void uart_put(uint8_t byte) {
  UART->data = byte;
  while (UART->state & FULL) {
  }
}
