/* STM32F405: 168 MHz from the internal oscillator (no crystal is needed), USART1 on PB6 (TX) and PB7 (RX).
 * Source: ST RM0090, chapters 3.9 (flash), 7.3 (RCC), 8.4 (GPIO). */
#include "tinyq/tq_port.h"

#include "../bare_metal/await.h"
#include "../bare_metal/stm32_usart.h"
#include "../bare_metal/cycles.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FLASH_ACR REGISTER(0x40023C00u)
#define RCC_CR REGISTER(0x40023800u)
#define RCC_PLLCFGR REGISTER(0x40023804u)
#define RCC_CFGR REGISTER(0x40023808u)
#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB2ENR REGISTER(0x40023844u)
#define GPIOB_MODER REGISTER(0x40020400u)
#define GPIOB_AFRL REGISTER(0x40020420u)
#define APB2_HZ 84000000u
#define BAUD 115200u

stm32_usart *const stm32_usart_1 = (stm32_usart *)0x40011000u;

enum { PLL_ON = 1 << 24, PLL_READY = 1 << 25 };

/* 16 MHz / 16 * 336 / 2; APB1 at a quarter, APB2 at half of it. Flash: 5 wait states, prefetch, both caches. */
static void clock_start(void) {
  FLASH_ACR = 5u | (7u << 8);
  RCC_PLLCFGR = 16u | (336u << 6) | (7u << 24);
  RCC_CR |= PLL_ON;
  await_bits(&RCC_CR, PLL_READY, PLL_READY);
  RCC_CFGR = 2u | (5u << 10) | (4u << 13);
  await_bits(&RCC_CFGR, 3u << 2, 2u << 2);
}

static void pins_start(void) {
  RCC_AHB1ENR |= 1u << 1;
  RCC_APB2ENR |= 1u << 4;
  GPIOB_MODER = (GPIOB_MODER & ~(15u << 12)) | (10u << 12); /* both pins: alternate function */
  GPIOB_AFRL = (GPIOB_AFRL & ~(0xFFu << 24)) | (0x77u << 24); /* 7: USART1 */
}

int tq_port_init(void) {
  clock_start();
  pins_start();
  stm32_usart_start(stm32_usart_1, APB2_HZ, BAUD);
  cycles_start();
  return 0;
}
