/* Arm semihosting: files and exit status of the computer that runs the emulator (or the debugger). */
#ifndef TQ_SEMIHOSTING_H
#define TQ_SEMIHOSTING_H

#include <stddef.h>

typedef enum { SEMIHOSTING_READ_BINARY = 1, SEMIHOSTING_WRITE = 4, SEMIHOSTING_WRITE_BINARY = 5 } semihosting_mode;

/* A file in the emulator's working directory; ":tt" is the console. Returns a handle, or -1. */
int semihosting_open(const char *name, semihosting_mode mode);

/* Both return how many bytes were moved. */
size_t semihosting_read(int handle, void *data, size_t bytes);
size_t semihosting_write(int handle, const void *data, size_t bytes);

/* Once: waits for the first byte only. Returns how many came, 0 at the end. */
size_t semihosting_read_some(int handle, void *data, size_t bytes);

void semihosting_exit(int status);

#endif
