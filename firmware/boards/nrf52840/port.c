/* nRF52840: 64 MHz, UART0 on P0.06 (sends) and P0.08 (receives), as the nRF52840 DK's USB chip has them. */
#include "tinyq/tq_port.h"

#include "../bare_metal/nrf_uart.h"
#include "../bare_metal/cycles.h"
#include "../bare_metal/uart.h"

enum { PIN_TRANSMIT = 6, PIN_RECEIVE = 8 };

#define INSTRUCTION_CACHE NRF_REGISTER(0x4001E540u)

int tq_port_init(void) {
  INSTRUCTION_CACHE = 1; /* without it each fetch from flash waits */
  nrf_uart_start(PIN_TRANSMIT, PIN_RECEIVE);
  cycles_start();
  return 0;
}

UART_INTERRUPT(2);

int uart_get(void) { return nrf_uart_get(); }

void uart_listen(void) { nrf_uart_listen(); }

void uart_put(uint8_t byte) { nrf_uart_put(byte); }
