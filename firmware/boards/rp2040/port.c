/* RP2040: 125 MHz from the crystal, UART0 on GPIO 0 (sends) and 1 (receives).
 * Source: RP2040 datasheet, chapters 2.2 (addresses) and 2.14 (resets). */
#include "../bare_metal/rp2_start.h"

const rp2_chip rp2 = {
    .resets = 0x4000C000u,
    .clocks = 0x40008000u,
    .crystal = 0x40024000u,
    .pll = 0x40028000u,
    .pins = 0x40014000u,
    .pads = 0x4001C000u,
    .uart = 0x40034000u,
    .hz = 125000000u,
    .reset_pins_pll = (1u << 5) | (1u << 8) | (1u << 12),
    .reset_uart = 1u << 22,
    .times = 125,
    .divide_1 = 6,
    .divide_2 = 2,
};
