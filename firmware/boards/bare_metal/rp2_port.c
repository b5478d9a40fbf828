/* The port of RP2040 and RP2350: UART0 and SysTick. */
#include "tinyq/tq_port.h"

#include "pl011.h"
#include "rp2_start.h"
#include "cycles.h"
#include "uart.h"

static pl011 *uart(void) { return (pl011 *)rp2.uart; }

int tq_port_init(void) {
  rp2_start(&rp2);
  pl011_start(uart(), rp2.hz, TQ_BAUD);
  cycles_start();
  return 0;
}

int uart_get(void) { return pl011_get(uart()); }

void uart_listen(void) { pl011_listen(uart()); }

void uart_put(uint8_t byte) { pl011_put(uart(), byte); }
