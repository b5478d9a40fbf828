#include "stream.h"

#include "semihosting.h"
#include "tinyq/tq_port.h"

static int input = -1;
static int output = -1;

int stream_open(void) {
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

/* The host waits for the end of the program anyway. */
void tq_port_ready(void) {}

int tq_port_safe_wait(void) { return 0; }

void tq_port_exit(int status) { semihosting_exit(status); }
