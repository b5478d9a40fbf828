/* nRF52840: 64 MHz, UART0 on the pins that `uart` of board.toml says: the one that sends, the one that receives. */
#include "tinyq/tq_port.h"

#include "cycles.h"
#include "nrf_uart.h"
#include "uart.h"

#define INSTRUCTION_CACHE NRF_REGISTER(0x4001E540u)
#define VECTOR_TABLE NRF_REGISTER(0xE000ED08u)
#define DEBUG_ALLOWED NRF_REGISTER(0x10001208u)  /* UICR.APPROTECT, which a flasher or the user writes: 0x5A allows */
#define DEBUG_PROTECT NRF_REGISTER(0x40000558u)  /* APPROTECT.DISABLE: from revision 3 on; 0x5A opens the port */
#define P0_06_P0_08 6, 8   /* as the nRF52840 DK's USB chip has them */
#define P1_03_P1_10 35, 42 /* an Arduino Nano 33 BLE's TX and RX */

extern const uint32_t tq_vectors[];

int tq_port_init(void) {
  VECTOR_TABLE = (uint32_t)(uintptr_t)tq_vectors; /* a boot loader may have left its own */
  DEBUG_PROTECT = DEBUG_ALLOWED;                  /* revision 3 shuts the debug port at each reset */
  INSTRUCTION_CACHE = 1;                          /* without it each fetch from flash waits */
  nrf_uart_start(TQ_UART);
  cycles_start();
  return 0;
}

UART_INTERRUPT(2);

int uart_get(void) { return nrf_uart_get(); }

void uart_listen(void) { nrf_uart_listen(); }

void uart_put(uint8_t byte) { nrf_uart_put(byte); }
