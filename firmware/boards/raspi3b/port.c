/* Raspberry Pi 3: the PL011 on GPIO 14 (sends) and 15 (receives).
 * Source: Broadcom, BCM2835 ARM Peripherals (the BCM2837 has them at 0x3F000000), chapters 6 (GPIO), 7 (Interrupts) and
 * 13 (UART). */
#include "tinyq/tq_port.h"

#include "../bare_metal/pl011.h"
#include "../bare_metal/uart.h"

#define GPIO_FUNCTIONS_10_TO_19 (*(volatile uint32_t *)(uintptr_t)0x3F200004u)
#define INTERRUPTS_2_ENABLE (*(volatile uint32_t *)(uintptr_t)0x3F00B214u) /* 32 to 63; to core 0, unless told */
#define UART0 ((pl011 *)(uintptr_t)0x3F201000u)
#define UART_HZ 48000000u
#define UART_INTERRUPT_NUMBER 57

/* The firmware of the board starts kernel8.img at its first byte; what follows is the vector table. */
__asm__("  .section .start, \"ax\"\n  b tq_reset\n  .text\n");

int tq_port_init(void) {
  const uint32_t both = (7u << 12) | (7u << 15), uart = (4u << 12) | (4u << 15);
  GPIO_FUNCTIONS_10_TO_19 = (GPIO_FUNCTIONS_10_TO_19 & ~both) | uart;
  pl011_start(UART0, UART_HZ, TQ_BAUD);
  return 0;
}

int uart_get(void) { return pl011_get(UART0); }

void uart_listen(void) { pl011_listen(UART0); }

void uart_interrupt_start(void) { INTERRUPTS_2_ENABLE = 1u << (UART_INTERRUPT_NUMBER - 32); }

void uart_put(uint8_t byte) { pl011_put(UART0, byte); }
