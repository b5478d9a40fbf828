/* What a board provides: five functions in firmware/boards/<board>/port.c. */
#ifndef TQ_PORT_H
#define TQ_PORT_H

#include <stddef.h>
#include <stdint.h>

/* Clock, timer and byte stream. Returns 0, or a negative number if the stream cannot be opened. */
int tq_port_init(void);

/* Read exactly `bytes` from the host, waiting for them. Returns how many came before the end. */
size_t tq_port_read(void *data, size_t bytes);

/* Write `bytes` to the host. Returns how many were taken. */
size_t tq_port_write(const void *data, size_t bytes);

/* A free-running counter, wrapping at 2^32; board.toml says what one tick is. */
uint32_t tq_port_ticks(void);

/* End the program with an exit status, or stop the core where there is nobody to return to. */
void tq_port_exit(int status);

#endif
