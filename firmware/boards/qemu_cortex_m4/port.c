/* QEMU mps2-an386. The byte stream is a pair of files in the emulator's working directory, tq_in.bin and
 * tq_out.bin, through semihosting; where there is no tq_in.bin, output goes to the console. */
#include "tinyq/tq_port.h"

#include "semihosting.h"

/* CMSDK APB timer 0: counts down at 25 MHz. */
typedef struct {
  volatile uint32_t control, value, reload, interrupt;
} cmsdk_timer;
#define TIMER ((cmsdk_timer *)0x40000000u)

static int input = -1;
static int output = -1;

int tq_port_init(void) {
  TIMER->reload = UINT32_MAX;
  TIMER->value = UINT32_MAX;
  TIMER->control = 1;
  input = semihosting_open("tq_in.bin", SEMIHOSTING_READ_BINARY);
  output = input == -1 ? semihosting_open(":tt", SEMIHOSTING_WRITE)
                       : semihosting_open("tq_out.bin", SEMIHOSTING_WRITE_BINARY);
  return output == -1 ? -1 : 0;
}

size_t tq_port_read(void *data, size_t bytes) {
  return input == -1 ? 0 : semihosting_read(input, data, bytes);
}

size_t tq_port_write(const void *data, size_t bytes) {
  return output == -1 ? 0 : semihosting_write(output, data, bytes);
}

uint32_t tq_port_ticks(void) { return UINT32_MAX - TIMER->value; }

void tq_port_exit(int status) { semihosting_exit(status); }
