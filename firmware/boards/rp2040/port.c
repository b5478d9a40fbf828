/* RP2040: 125 MHz from the crystal, UART0 on GPIO 0 (sends) and 1 (receives).
 * Source: RP2040 datasheet, chapters 2.2 (addresses) and 2.14 (resets). */
#include "../bare_metal/rp2_start.h"
#include "../bare_metal/uart.h"

UART_INTERRUPT(20);

const rp2_chip rp2 = {
    .resets = 0x4000C000u,
    .clocks = 0x40008000u,
    .crystal = 0x40024000u,
    .pll = 0x40028000u,
    .pins = 0x40014000u,
    .pads = 0x4001C000u,
    .uart = 0x40034000u,
    .watchdog = 0x40058000u,
    .watchdog_tick = 0x4005802Cu,
    .power_states = 0x40010000u,
    .watchdog_tick_on = (1u << 9) | 12u,
    .watchdog_per_millisecond = 2000, /* errata RP2040-E1: it counts twice a tick */
    .watchdog_resets = 0x0001FFFCu,   /* all but the oscillators */
    .hz = 125000000u,
    .reset_pins_pll = (1u << 5) | (1u << 8) | (1u << 12),
    .reset_uart = 1u << 22,
    .times = 125,
    .divide_1 = 6,
    .divide_2 = 2,
};
