/* The port's byte stream and watchdog on STM32F1 and F4: an USART, and the independent watchdog.
 * Source: ST RM0090 and RM0041, tables of vectors and of register boundaries. */
#include "stm32_usart.h"
#include "stm32_watchdog.h"
#include "uart.h"

stm32_iwdg *const stm32_watchdog = (stm32_iwdg *)0x40003000u;

int uart_get(void) { return stm32_usart_get(stm32_console); }

void uart_listen(void) { stm32_usart_listen(stm32_console); }

void uart_put(uint8_t byte) { stm32_usart_put(stm32_console, byte); }
