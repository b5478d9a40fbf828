/* STM32F4: the clock that `clock_hz` says, from the internal oscillator (no crystal is needed), and the USART and pins
 * that `uart` says. Source: ST RM0090 (F405), RM0368 (F401), RM0383 (F411), RM0390 (F446): flash, PWR, RCC, GPIO. */
#include "tinyq/tq_port.h"

#include "await.h"
#include "cycles.h"
#include "stm32_usart.h"
#include "uart.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FLASH_ACR REGISTER(0x40023C00u)
#define PWR_CR REGISTER(0x40007000u)
#define RCC_CR REGISTER(0x40023800u)
#define RCC_PLLCFGR REGISTER(0x40023804u)
#define RCC_CFGR REGISTER(0x40023808u)
#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB1ENR REGISTER(0x40023840u)
#define RCC_APB2ENR REGISTER(0x40023844u)
#define GPIO(port, offset) REGISTER(0x40020000u + 0x400u * (port) + (offset))

#if TQ_CLOCK_HZ % 1000000 != 0 || TQ_CLOCK_HZ < 48000000 || TQ_CLOCK_HZ > 168000000
#error "board.toml: clock_hz of an STM32F4: whole MHz from 48 to 168, and not more than the chip has"
#endif

/* 1 MHz times MULTIPLY is what the PLL oscillates with: 192 to 432 MHz. */
enum { DIVIDE = TQ_CLOCK_HZ > 108000000 ? 2 : 4, MULTIPLY = TQ_CLOCK_HZ / 1000000 * DIVIDE };
enum { WAIT_STATES = (TQ_CLOCK_HZ - 1) / 30000000 };
#define PLL_ABOVE (2u << 28) /* as after reset: an F446's PLLR, which must not be 0; reserved in the others */
enum { PLL_ON = 1 << 24, PLL_READY = 1 << 25, PWR_ON = 1 << 28 };

/* An USART, its interrupt, its bit in what gives it a clock, and two neighbouring pins of a port, from 0 (A) on: the one
 * that sends, and the next one. Each is function 7. stm32f4.cmake lists the names. F401 and F411 have no USART3. */
#define USART1_PA9_PA10 0x40011000u, 37, 4, 0, 9
#define USART1_PB6_PB7 0x40011000u, 37, 4, 1, 6
#define USART2_PA2_PA3 0x40004400u, 38, 17, 0, 2
#define USART3_PB10_PB11 0x40004800u, 39, 18, 1, 10
#define USART3_PD8_PD9 0x40004800u, 39, 18, 3, 8
#define FIRST(address, ...) address
#define SECOND(address, interrupt, ...) interrupt
#define REST(address, interrupt, ...) __VA_ARGS__
#define PICK(part, uart) part(uart)

stm32_usart *const stm32_console = (stm32_usart *)PICK(FIRST, TQ_UART);

UART_INTERRUPT(PICK(SECOND, TQ_UART));

/* The F401 and F411 begin with a voltage for 84 MHz at most; the others with the highest. Reading back waits until the
 * clock is on: PWR_CR might read as 0 before (ST ES0182, "Delay after an RCC peripheral clock enabling"). */
static void voltage_start(void) {
  RCC_APB1ENR |= PWR_ON;
  (void)RCC_APB1ENR;
  if (TQ_CLOCK_HZ > 84000000 && (PWR_CR >> 14 & 3u) == 2u) {
    PWR_CR |= 3u << 14;
  }
}

/* 16 MHz / 16 * MULTIPLY / DIVIDE; APB1 at a quarter, APB2 at half of it. Flash: prefetch and both caches. */
static void clock_start(void) {
  FLASH_ACR = WAIT_STATES | (7u << 8);
  RCC_PLLCFGR = 16u | ((uint32_t)MULTIPLY << 6) | ((DIVIDE / 2 - 1u) << 16) | (7u << 24) | PLL_ABOVE;
  RCC_CR |= PLL_ON;
  await_bits(&RCC_CR, PLL_READY, PLL_READY);
  RCC_CFGR = 2u | (5u << 10) | (4u << 13);
  await_bits(&RCC_CFGR, 3u << 2, 2u << 2);
}

/* USART1 is bus APB2's, the others APB1's. An open wire is pulled up, and so silent. */
static void usart_start(uint32_t enable, uint32_t port, uint32_t transmit) {
  const uint32_t two = 2 * transmit, four = 4 * (transmit % 8), functions = transmit < 8 ? 0x20u : 0x24u;
  const int apb2 = PICK(FIRST, TQ_UART) >= 0x40010000u;
  RCC_AHB1ENR |= 1u << port;
  if (apb2) {
    RCC_APB2ENR |= 1u << enable;
  } else {
    RCC_APB1ENR |= 1u << enable;
  }
  GPIO(port, 0x0Cu) = (GPIO(port, 0x0Cu) & ~(15u << two)) | (4u << two);
  GPIO(port, functions) = (GPIO(port, functions) & ~(0xFFu << four)) | (0x77u << four);
  GPIO(port, 0x00u) = (GPIO(port, 0x00u) & ~(15u << two)) | (10u << two); /* both pins: alternate function */
  stm32_usart_start(stm32_console, TQ_CLOCK_HZ / (apb2 ? 2u : 4u), TQ_BAUD);
}

int tq_port_init(void) {
  voltage_start();
  clock_start();
  usart_start(PICK(REST, TQ_UART));
  cycles_start();
  return 0;
}
