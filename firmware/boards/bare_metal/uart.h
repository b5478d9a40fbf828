/* The byte stream of boards with a UART: what such a board's port.c provides, and what it calls. */
#ifndef TQ_UART_H
#define TQ_UART_H

#include <stdint.h>

/* Wait for a byte. */
uint8_t uart_get(void);

/* Send a byte, and wait until it has left. */
void uart_put(uint8_t byte);

#endif
