/* STM32F100: 24 MHz from the internal oscillator, USART1 on PA9 (TX) and PA10 (RX).
 * Source: ST RM0041, chapters 6.3 (RCC), 7.2 (GPIO). */
#include "tinyq/tq_port.h"

#include "../bare_metal/await.h"
#include "../bare_metal/stm32_usart.h"
#include "../bare_metal/cycles.h"
#include "../bare_metal/uart.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_CR REGISTER(0x40021000u)
#define RCC_CFGR REGISTER(0x40021004u)
#define RCC_APB2ENR REGISTER(0x40021018u)
#define GPIOA_CRH REGISTER(0x40010804u)
#define GPIOA_ODR REGISTER(0x4001080Cu)
#define CLOCK_HZ 24000000u

stm32_usart *const stm32_console = (stm32_usart *)0x40013800u;

UART_INTERRUPT(37);

enum { PLL_ON = 1 << 24, PLL_READY = 1 << 25, PLL_TIMES_6 = 4 << 18, SYSTEM_CLOCK_PLL = 2 };

/* 8 MHz / 2 * 6; at 24 MHz the flash needs no wait states. */
static void clock_start(void) {
  RCC_CFGR = PLL_TIMES_6;
  RCC_CR |= PLL_ON;
  await_bits(&RCC_CR, PLL_READY, PLL_READY);
  RCC_CFGR = PLL_TIMES_6 | SYSTEM_CLOCK_PLL;
  await_bits(&RCC_CFGR, 3u << 2, 2u << 2);
}

static void pins_start(void) {
  RCC_APB2ENR |= (1u << 2) | (1u << 14);
  GPIOA_CRH = (GPIOA_CRH & ~0xFF0u) | 0x8B0u; /* PA9: alternate function, push-pull; PA10: input, pulled */
  GPIOA_ODR |= 1u << 10;                      /* up, so that an open wire is silent */
}

int tq_port_init(void) {
  clock_start();
  pins_start();
  stm32_usart_start(stm32_console, CLOCK_HZ, TQ_BAUD);
  cycles_start();
  return 0;
}
