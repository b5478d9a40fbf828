/* RP2350: 150 MHz from the crystal, UART0 on GPIO 0 (sends) and 1 (receives).
 * Source: RP2350 datasheet, chapters 2.2 (addresses) and 7.5 (resets). */
#include "tinyq/tq_port.h"

#include "../bare_metal/pl011.h"
#include "../bare_metal/rp2_start.h"
#include "../bare_metal/systick.h"
#include "../bare_metal/uart.h"

#define UART0 ((pl011 *)0x40070000u)
#define CLOCK_HZ 150000000u
#define BAUD 115200u

static const rp2_chip chip = {
    .resets = 0x40020000u,
    .clocks = 0x40010000u,
    .crystal = 0x40048000u,
    .pll = 0x40050000u,
    .pins = 0x40028000u,
    .pads = 0x40038000u,
    .reset_pins_pll = (1u << 6) | (1u << 9) | (1u << 14),
    .reset_uart = 1u << 26,
    .times = 125,
    .divide_1 = 5,
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
