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

/* Without a ring: whoever writes the file, or the pipe that it is, waits. */
void tq_port_listen(uint8_t *ring, size_t bytes) {
  (void)ring;
  (void)bytes;
}

size_t tq_port_poll(void *data, size_t bytes) {
  const size_t count = input == -1 ? 0 : semihosting_read_some(input, data, bytes);
  return count > 0 ? count : TQ_PORT_END;
}

void tq_port_exit(int status) { semihosting_exit(status); }
