/* Source: Arm, "Semihosting for AArch32 and AArch64", release 3.0. */
#include "semihosting.h"

#include <stdint.h>
#include <string.h>

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { STOPPED_APPLICATION_EXIT = 0x20026 };

/* Fields of an argument block are as wide as a register. */
static uintptr_t call(uintptr_t operation, const uintptr_t *arguments) {
#if defined(__aarch64__)
  register uintptr_t x0 __asm__("x0") = operation;
  register const uintptr_t *x1 __asm__("x1") = arguments;
  __asm__ volatile("hlt 0xf000" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
#else
  register uintptr_t r0 __asm__("r0") = operation;
  register const uintptr_t *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
#endif
}

int semihosting_open(const char *name, semihosting_mode mode) {
  const uintptr_t arguments[3] = {(uintptr_t)name, (uintptr_t)mode, strlen(name)};
  return (int)call(SYS_OPEN, arguments);
}

/* SYS_READ and SYS_WRITE return how many bytes were NOT moved, which may be some before the end of a pipe. */
static size_t move_some(uintptr_t operation, int handle, uintptr_t address, size_t bytes) {
  const uintptr_t arguments[3] = {(uintptr_t)handle, address, bytes};
  const uintptr_t left = call(operation, arguments);
  return left < bytes ? bytes - left : 0;
}

static size_t move(uintptr_t operation, int handle, uintptr_t address, size_t bytes) {
  size_t done = 0, part = 1;
  while (done < bytes && part > 0) {
    part = move_some(operation, handle, address + done, bytes - done);
    done += part;
  }
  return done;
}

size_t semihosting_read(int handle, void *data, size_t bytes) {
  return move(SYS_READ, handle, (uintptr_t)data, bytes);
}

size_t semihosting_read_some(int handle, void *data, size_t bytes) {
  return move_some(SYS_READ, handle, (uintptr_t)data, bytes);
}

size_t semihosting_write(int handle, const void *data, size_t bytes) {
  return move(SYS_WRITE, handle, (uintptr_t)data, bytes);
}

void semihosting_exit(int status) {
  const uintptr_t arguments[2] = {STOPPED_APPLICATION_EXIT, (uintptr_t)status};
  call(SYS_EXIT_EXTENDED, arguments);
  for (;;) {
  }
}
