/* Arm's PrimeCell UART. Source: Arm DDI 0183, PL011 Technical Reference Manual, chapter 3. */
#ifndef TQ_PL011_H
#define TQ_PL011_H

#include <stdint.h>

typedef struct {
  volatile uint32_t data, unused_1[5], flags, unused_2[2], baud_whole, baud_64ths, line, control;
} pl011;

enum { PL011_BUSY = 1 << 3, PL011_NOTHING_RECEIVED = 1 << 4, PL011_FULL = 1 << 5 };

/* 8 bits, no parity, one stop bit. */
static inline void pl011_start(pl011 *uart, uint32_t clock_hz, uint32_t baud) {
  const uint32_t divisor = (clock_hz * 4 + baud / 2) / baud; /* in 64ths of 16 clocks */
  uart->baud_whole = divisor >> 6;
  uart->baud_64ths = divisor & 63u;
  uart->line = (3u << 5) | (1u << 4); /* after the divisor: this takes it over; 8 bits, FIFOs */
  uart->control = 1u | (1u << 8) | (1u << 9);
}

static inline uint8_t pl011_get(pl011 *uart) {
  while (uart->flags & PL011_NOTHING_RECEIVED) {
  }
  return (uint8_t)uart->data;
}

static inline void pl011_put(pl011 *uart, uint8_t byte) {
  while (uart->flags & PL011_FULL) {
  }
  uart->data = byte;
  while (uart->flags & PL011_BUSY) {
  }
}

#endif
