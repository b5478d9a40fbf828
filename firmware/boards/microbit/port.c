/* micro:bit (version 1): 16 MHz, the UART that its USB chip passes on, TIMER0 as ticks: this core has no SysTick.
 * Source: Nordic nRF51 Series Reference Manual 3.0, chapter 19 (TIMER). */
#include "tinyq/tq_port.h"

#include "../bare_metal/nrf_uart.h"
#include "../bare_metal/uart.h"

#define TIMER0(offset) NRF_REGISTER(0x40008000u + (offset))

enum { PIN_TRANSMIT = 24, PIN_RECEIVE = 25 };

int tq_port_init(void) {
  nrf_uart_start(PIN_TRANSMIT, PIN_RECEIVE);
  TIMER0(0x508u) = 3; /* 32 bits */
  TIMER0(0x510u) = 0; /* 16 MHz */
  TIMER0(0x000u) = 1;
  return 0;
}

uint32_t tq_port_ticks(void) {
  TIMER0(0x040u) = 1; /* capture */
  return TIMER0(0x540u);
}

UART_INTERRUPT(2);

int uart_get(void) { return nrf_uart_get(); }

void uart_listen(void) { nrf_uart_listen(); }

void uart_put(uint8_t byte) { nrf_uart_put(byte); }
