/* Arm's PrimeCell UART. Source: Arm DDI 0183, PL011 Technical Reference Manual, chapter 3. */
#ifndef TQ_PL011_H
#define TQ_PL011_H

#include <stdint.h>

typedef struct {
  volatile uint32_t data, unused_1[5], flags, unused_2[2], baud_whole, baud_64ths, line, control, interrupt_levels, interrupts_wanted;
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

static inline int pl011_get(pl011 *uart) {
  return uart->flags & PL011_NOTHING_RECEIVED ? -1 : (int)(uart->data & 0xFFu);
}

/* When 4 of the FIFO's 32 bytes (of older ones, 2 of 16) have come, or fewer and then nothing for a while. */
static inline void pl011_listen(pl011 *uart) {
  uart->interrupt_levels = 0;
  uart->interrupts_wanted = (1u << 4) | (1u << 6);
}

static inline void pl011_put(pl011 *uart, uint8_t byte) {
  while (uart->flags & PL011_FULL) {
  }
  uart->data = byte;
  while (uart->flags & PL011_BUSY) {
  }
}

#endif
