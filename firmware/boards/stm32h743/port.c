/* STM32H743: 400 MHz from the internal oscillator, caches on, USART3 on PD8 (sends) and PD9 (receives), as the Nucleo's
 * USB chip has them. Source: ST RM0433, chapters 4.3.8 (flash), 6.8 (PWR), 8.7 (RCC), 48.8 (USART). */
#include "tinyq/tq_port.h"

#include "../bare_metal/await.h"
#include "../bare_metal/cache_cortex_m7.h"
#include "../bare_metal/cycles.h"
#include "../bare_metal/stm32_watchdog.h"
#include "../bare_metal/uart.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define FLASH_ACR REGISTER(0x52002000u)
#define PWR_CSR1 REGISTER(0x58024804u)
#define PWR_CR3 REGISTER(0x5802480Cu)
#define PWR_D3CR REGISTER(0x58024818u)
#define RCC(offset) REGISTER(0x58024400u + (offset))
#define GPIOD(offset) REGISTER(0x58020C00u + (offset))
#define AXI_SRAM_READS REGISTER(0x51008108u)
#define USART3(offset) REGISTER(0x40004800u + (offset))
#define USART3_STATUS USART3(0x1Cu)
#define APB1_HZ 100000000u

enum { RECEIVED = 1 << 5, SENT = 1 << 6, PLL_ON = 1 << 24, PLL_READY = 1 << 25, VOLTAGE_READY = 1 << 13 };

/* The core's voltage: from the internal regulator, scale 1, which 400 MHz need. */
static void voltage_start(void) {
  PWR_CR3 = 1u << 1;
  await_bits(&PWR_CSR1, VOLTAGE_READY, VOLTAGE_READY);
  PWR_D3CR = 3u << 14;
  await_bits(&PWR_D3CR, VOLTAGE_READY, VOLTAGE_READY);
}

/* 64 MHz / 4 * 50 / 2; memory at half of it, peripherals at a quarter. Flash: 2 wait states. */
static void clock_start(void) {
  FLASH_ACR = 2u | (2u << 4);
  RCC(0x28u) = 4u << 4;
  RCC(0x2Cu) = (3u << 2) | (1u << 16); /* from 8 to 16 MHz, output P */
  RCC(0x30u) = 49u | (1u << 9);
  RCC(0x00u) |= PLL_ON;
  await_bits(&RCC(0x00u), PLL_READY, PLL_READY);
  RCC(0x18u) = 8u | (4u << 4);
  RCC(0x1Cu) = (4u << 4) | (4u << 8);
  RCC(0x20u) = 4u << 4;
  RCC(0x10u) = 3;
  await_bits(&RCC(0x10u), 7u << 3, 3u << 3);
}

static void uart_start(void) {
  RCC(0xE0u) |= 1u << 3;
  RCC(0xE8u) |= 1u << 18;
  GPIOD(0x00u) = (GPIOD(0x00u) & ~(15u << 16)) | (10u << 16); /* both pins: alternate function */
  GPIOD(0x0Cu) = (GPIOD(0x0Cu) & ~(15u << 16)) | (4u << 16);  /* an open wire is pulled up, and so silent */
  GPIOD(0x24u) = (GPIOD(0x24u) & ~0xFFu) | 0x77u;              /* 7: USART3 */
  USART3(0x0Cu) = (APB1_HZ + TQ_BAUD / 2) / TQ_BAUD;
  USART3(0x08u) = 1u << 12; /* a byte that comes too early replaces the one before, without an interrupt of its own */
  USART3(0x00u) = 1u | (1u << 2) | (1u << 3); /* on, receiver, transmitter */
}

int tq_port_init(void) {
  AXI_SRAM_READS = 1; /* one at a time: ST ES0392, revision Y reads wrong data otherwise */
  voltage_start();
  clock_start();
  caches_start();
  uart_start();
  cycles_start();
  return 0;
}

stm32_iwdg *const stm32_watchdog = (stm32_iwdg *)0x58004800u;

UART_INTERRUPT(39);

int uart_get(void) { return USART3_STATUS & RECEIVED ? (int)(USART3(0x24u) & 0xFFu) : -1; }

void uart_listen(void) { USART3(0x00u) |= RECEIVED; }

void uart_put(uint8_t byte) {
  USART3(0x28u) = byte;
  while (!(USART3_STATUS & SENT)) {
  }
}
