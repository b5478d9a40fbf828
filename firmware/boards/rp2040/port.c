/* RP2040: 125 MHz from the crystal, UART0 on GPIO 0 (sends) and 1 (receives).
 * Source: RP2040 datasheet, chapters 2.2 (addresses) and 2.14 (resets). */
#include "tinyq/tq_port.h"

#include "../bare_metal/pl011.h"
#include "../bare_metal/rp2_start.h"
#include "../bare_metal/systick.h"
#include "../bare_metal/uart.h"

#define UART0 ((pl011 *)0x40034000u)
#define CLOCK_HZ 125000000u
#define BAUD 115200u

static const rp2_chip chip = {
    .resets = 0x4000C000u,
    .clocks = 0x40008000u,
    .crystal = 0x40024000u,
    .pll = 0x40028000u,
    .pins = 0x40014000u,
    .pads = 0x4001C000u,
    .reset_pins_pll = (1u << 5) | (1u << 8) | (1u << 12),
    .reset_uart = 1u << 22,
    .times = 125,
    .divide_1 = 6,
    .divide_2 = 2,
};

int tq_port_init(void) {
  rp2_start(&chip);
  pl011_start(UART0, CLOCK_HZ, BAUD);
  systick_start();
  return uart_stream_open();
}

uint8_t uart_get(void) { return pl011_get(UART0); }

void uart_put(uint8_t byte) { pl011_put(UART0, byte); }
