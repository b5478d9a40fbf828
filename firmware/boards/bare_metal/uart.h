/* The byte stream of boards with a UART: what such a board's port.c provides, and what it calls. */
#ifndef TQ_UART_H
#define TQ_UART_H

#include <stdint.h>

/* A byte that has come, or -1 where none has. */
int uart_get(void);

/* Send a byte, and wait until it has left. */
void uart_put(uint8_t byte);

/* Let the UART ask for an interrupt when a byte has come. */
void uart_listen(void);

/* Let that interrupt come to the core, which calls `uart_interrupt`: a Cortex-M's controller is known, others are boards'. */
void uart_interrupt_start(void);
void uart_interrupt(void);

/* The number of that interrupt, once in a Cortex-M board's sources: a slot of the vector table, and what to switch on. */
#define UART_INTERRUPT(number)                                                           \
  extern void (*const uart_interrupts[(number) + 1])(void);                              \
  __attribute__((section(".interrupts"), used)) void (*const uart_interrupts[(number) + 1])(void) = { \
      [number] = uart_interrupt};                                                        \
  const uint32_t uart_interrupt_number = (number)

extern const uint32_t uart_interrupt_number;

#endif
