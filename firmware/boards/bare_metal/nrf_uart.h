/* UART of nRF51 and nRF52. Source: Nordic nRF51 Series Reference Manual 3.0, chapters 29 (UART) and 13 (clocks). */
#ifndef TQ_NRF_UART_H
#define TQ_NRF_UART_H

#include "await.h"

#define NRF_REGISTER(address) (*(volatile uint32_t *)(address))
#define NRF_CLOCK_START NRF_REGISTER(0x40000000u)
#define NRF_CLOCK_STARTED NRF_REGISTER(0x40000100u)
#define NRF_UART(offset) NRF_REGISTER(0x40002000u + (offset))
#define NRF_UART_RECEIVED NRF_UART(0x108u)
#define NRF_UART_SENT NRF_UART(0x11Cu)
/* Pins of port 0 are 0 to 31, those of port 1 (nRF52840) 32 to 47: outputs that are set, outputs, a pin's set-up. */
#define NRF_PORT(pin, offset) NRF_REGISTER(0x50000000u + 0x300u * ((pin) / 32u) + (offset))
#define NRF_PINS_HIGH(pin) NRF_PORT(pin, 0x508u)
#define NRF_PINS_OUT(pin) NRF_PORT(pin, 0x518u)
#define NRF_PIN(pin) NRF_PORT(pin, 0x700u + 4u * ((pin) % 32u))

/* What the manual's table says to write for a speed. */
#if TQ_BAUD == 115200
#define NRF_BAUD 0x01D7E000u
#elif TQ_BAUD == 230400
#define NRF_BAUD 0x03AFB000u
#elif TQ_BAUD == 460800
#define NRF_BAUD 0x075F7000u
#elif TQ_BAUD == 921600
#define NRF_BAUD 0x0EBED000u
#elif TQ_BAUD == 1000000
#define NRF_BAUD 0x10000000u
#else
#error "board.toml: baud of an nRF board: 115200, 230400, 460800, 921600 or 1000000"
#endif

/* On two pins. The crystal is started, because the internal oscillator is too far off for a UART. */
static inline void nrf_uart_start(uint32_t transmit, uint32_t receive) {
  NRF_CLOCK_START = 1;
  await_bits(&NRF_CLOCK_STARTED, 1, 1);
  NRF_PINS_HIGH(transmit) = 1u << transmit % 32u;
  NRF_PINS_OUT(transmit) = 1u << transmit % 32u;
  NRF_PIN(receive) = 3u << 2; /* an input that is connected; an open wire is pulled up, and so silent */
  NRF_UART(0x50Cu) = transmit;
  NRF_UART(0x514u) = receive;
  NRF_UART(0x524u) = NRF_BAUD;
  NRF_UART(0x500u) = 4;
  NRF_UART(0x000u) = 1; /* receive */
  NRF_UART(0x008u) = 1; /* transmit */
}

static inline void nrf_uart_listen(void) { NRF_UART(0x304u) = 1u << 2; }

static inline int nrf_uart_get(void) {
  if (NRF_UART_RECEIVED == 0) {
    return -1;
  }
  NRF_UART_RECEIVED = 0;
  return (int)(NRF_UART(0x518u) & 0xFFu);
}

static inline void nrf_uart_put(uint8_t byte) {
  NRF_UART_SENT = 0;
  NRF_UART(0x51Cu) = byte;
  while (NRF_UART_SENT == 0) {
  }
}

#endif
