/* Clocks and pins of RP2040 and RP2350, whose blocks are the same at other addresses: the crystal of 12 MHz, the system's
 * PLL on it, the UART on GPIO 0 (sends) and 1 (receives). Source: RP2040 datasheet, chapters 2.14 to 2.19. */
#ifndef TQ_RP2_START_H
#define TQ_RP2_START_H

#include "await.h"

/* Addresses of blocks (uart: a PL011), of the watchdog what it counts and resets, the clock
 * of the system, what is taken out of reset (bits; the UART once it has a clock), and the PLL: 12 MHz * times / divide_1 / divide_2. */
typedef struct {
  uintptr_t resets, clocks, crystal, pll, pins, pads, uart, watchdog, watchdog_tick, power_states;
  uint32_t watchdog_tick_on, watchdog_per_millisecond, watchdog_resets;
  uint32_t hz, reset_pins_pll, reset_uart, times, divide_1, divide_2;
} rp2_chip;

/* The board's; its port is rp2_port.c. */
extern const rp2_chip rp2;

static inline volatile uint32_t *rp2_register(uintptr_t block, uintptr_t offset) {
  return (volatile uint32_t *)(block + offset);
}

#define RP2_CLEAR 0x3000u /* each register's alias that clears the bits which are written */

static inline void rp2_leave_reset(const rp2_chip *chip, uint32_t blocks) {
  *rp2_register(chip->resets, RP2_CLEAR) = blocks;
  await_bits(rp2_register(chip->resets, 8), blocks, blocks);
}

static inline void rp2_start_crystal(const rp2_chip *chip) {
  *rp2_register(chip->crystal, 0x0C) = 47; /* * 256 periods: a millisecond */
  *rp2_register(chip->crystal, 0x00) = (0xFABu << 12) | 0xAA0u;
  await_bits(rp2_register(chip->crystal, 0x04), 1u << 31, 1u << 31);
  *rp2_register(chip->clocks, 0x30) = 2; /* the reference clock is the crystal */
  await_bits(rp2_register(chip->clocks, 0x38), 1u << 2, 1u << 2);
}

static inline void rp2_start_pll(const rp2_chip *chip) {
  *rp2_register(chip->pll, 0x00) = 1;
  *rp2_register(chip->pll, 0x08) = chip->times;
  *rp2_register(chip->pll, 0x04 + RP2_CLEAR) = 1u | (1u << 5); /* power, oscillator */
  await_bits(rp2_register(chip->pll, 0x00), 1u << 31, 1u << 31);
  *rp2_register(chip->pll, 0x0C) = (chip->divide_1 << 16) | (chip->divide_2 << 12);
  *rp2_register(chip->pll, 0x04 + RP2_CLEAR) = 1u << 3; /* dividers */
  *rp2_register(chip->clocks, 0x3C) = 1; /* the system's clock is the PLL, the UART's the system's */
  await_bits(rp2_register(chip->clocks, 0x44), 1u << 1, 1u << 1);
  *rp2_register(chip->clocks, 0x48) = 1u << 11;
}

static inline void rp2_start(const rp2_chip *chip) {
  rp2_leave_reset(chip, chip->reset_pins_pll);
  rp2_start_crystal(chip);
  rp2_start_pll(chip);
  rp2_leave_reset(chip, chip->reset_uart);
  for (uintptr_t pin = 0; pin < 2; ++pin) {
    *rp2_register(chip->pins, 8 * pin + 4) = 2; /* UART0 */
    *rp2_register(chip->pads, 4 * pin + 4) = (1u << 6) | (1u << 4) | (1u << 3); /* input on, 4 mA, pulled up, not isolated */
  }
}

#endif
