/* RP2350: 150 MHz from the crystal, UART0 on GPIO 0 (sends) and 1 (receives).
 * Source: RP2350 datasheet, chapters 2.2 (addresses) and 7.5 (resets). */
#include "../bare_metal/rp2_start.h"
#include "../bare_metal/uart.h"

UART_INTERRUPT(33);

const rp2_chip rp2 = {
    .resets = 0x40020000u,
    .clocks = 0x40010000u,
    .crystal = 0x40048000u,
    .pll = 0x40050000u,
    .pins = 0x40028000u,
    .pads = 0x40038000u,
    .uart = 0x40070000u,
    .watchdog = 0x400D8000u,
    .watchdog_tick = 0x40108030u,
    .power_states = 0x40018000u,
    .watchdog_tick_on = 1,
    .watchdog_per_millisecond = 1000,
    .watchdog_resets = 0x01FFFFF3u, /* all but the oscillators */
    .hz = 150000000u,
    .reset_pins_pll = (1u << 6) | (1u << 9) | (1u << 14),
    .reset_uart = 1u << 26,
    .times = 125,
    .divide_1 = 5,
    .divide_2 = 2,
};
