/* The UART's interrupt, a slot of the vector table (uart.h), in the core's interrupt controller. */
#include "uart.h"

#define NVIC_ENABLE ((volatile uint32_t *)0xE000E100u)

void uart_interrupt_start(void) { NVIC_ENABLE[uart_interrupt_number / 32] = 1u << uart_interrupt_number % 32; }
