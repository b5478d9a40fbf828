/* Without interrupts: bytes wait in the UART's own memory while the program computes. */
#include "tinyq/tq_port.h"
#include "uart.h"

void tq_port_listen(uint8_t *ring, size_t bytes) {
  (void)ring;
  (void)bytes;
}

size_t tq_port_poll(void *data, size_t bytes) {
  uint8_t *out = data;
  for (size_t count = 0; count < bytes; ++count) {
    const int byte = uart_get();
    if (byte < 0) {
      return count;
    }
    out[count] = (uint8_t)byte;
  }
  return bytes;
}
