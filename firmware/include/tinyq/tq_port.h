/* What a board provides, in firmware/boards/<board>/port.c. */
#ifndef TQ_PORT_H
#define TQ_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start the timer and open the byte stream to the host. Returns 0, or -1 if there is no stream. */
int tq_port_init(void);

/* Read exactly `bytes` from the host, waiting for them. Returns how many came before the end. */
size_t tq_port_read(void *data, size_t bytes);

/* From now on keep what comes from the host in `ring` while the program does something else; `bytes`, a power of two,
 * less one fit in. What comes while it is full is lost, on a board that cannot make its host wait. From here on
 * tq_port_poll reads, and not tq_port_read. */
void tq_port_listen(uint8_t *ring, size_t bytes);

/* What has come from the host, up to `bytes`. May wait for something to come, but then returns 0 from time to time.
 * Returns TQ_PORT_END where the host has ended the stream. */
size_t tq_port_poll(void *data, size_t bytes);

#define TQ_PORT_END ((size_t)-1)

/* Write `bytes` to the host. Returns how many were taken. */
size_t tq_port_write(const void *data, size_t bytes);

/* A free-running counter that wraps at 2^32; board.toml says what one tick is and how many make a second. */
uint32_t tq_port_ticks(void);

/* Tell the host that bytes are heard from now on, where it has to know. */
void tq_port_ready(void);

/* In the safe state: stop whatever the board drives, and wait for a byte from the host. Returns 1, or 0 where
 * there is nobody to wait for and the program had better end. */
int tq_port_safe_wait(void);

/* Reset the board unless tq_port_watchdog_feed is called again and again within so many milliseconds, 1 to 8000. Returns
 * 0, or -1 where there is no watchdog: then both do nothing. */
int tq_port_watchdog_start(uint32_t milliseconds);
void tq_port_watchdog_feed(void);

/* End the program with an exit status, or stop the core where there is nobody to return to. */
void tq_port_exit(int status);

/* The most stack used so far, in bytes; 0 where the start-up code does not paint the stack. A board with its
 * own start-up code defines it there. */
uint32_t tq_port_stack_bytes(void);

#ifdef __cplusplus
}
#endif

#endif
