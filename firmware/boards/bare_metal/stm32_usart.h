/* USART of the older STM32 (F1, F2, F4, L1). Source: ST RM0090 30.6, RM0041 23.6. */
#ifndef TQ_STM32_USART_H
#define TQ_STM32_USART_H

#include <stdint.h>

typedef struct {
  volatile uint32_t status, data, baud, control_1;
} stm32_usart;

enum { STM32_USART_OVERRUN = 1 << 3, STM32_USART_RECEIVED = 1 << 5, STM32_USART_SENT = 1 << 6 };

/* The one that the board talks through: a port says which, and its interrupt. */
extern stm32_usart *const stm32_console;

/* 8 bits, no parity, one stop bit. */
static inline void stm32_usart_start(stm32_usart *usart, uint32_t clock_hz, uint32_t baud) {
  usart->baud = (clock_hz + baud / 2) / baud;
  usart->control_1 = (1u << 13) | (1u << 3) | (1u << 2); /* on, transmitter, receiver */
}

/* Reading the data ends an overrun, too, which asks for interrupts until then. */
static inline int stm32_usart_get(stm32_usart *usart) {
  return usart->status & (STM32_USART_RECEIVED | STM32_USART_OVERRUN) ? (int)(usart->data & 0xFFu) : -1;
}

static inline void stm32_usart_listen(stm32_usart *usart) { usart->control_1 |= STM32_USART_RECEIVED; }

static inline void stm32_usart_put(stm32_usart *usart, uint8_t byte) {
  usart->data = byte;
  while (!(usart->status & STM32_USART_SENT)) {
  }
}

#endif
