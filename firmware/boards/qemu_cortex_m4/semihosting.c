/* Source: Arm, "Semihosting for AArch32 and AArch64", release 3.0. */
#include "semihosting.h"

#include <stdint.h>
#include <string.h>

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { STOPPED_APPLICATION_EXIT = 0x20026 };

static uint32_t call(uint32_t operation, const uint32_t *arguments) {
  register uint32_t r0 __asm__("r0") = operation;
  register const uint32_t *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

int semihosting_open(const char *name, semihosting_mode mode) {
  const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, (uint32_t)mode, (uint32_t)strlen(name)};
  return (int)call(SYS_OPEN, arguments);
}

/* SYS_READ and SYS_WRITE return how many bytes were NOT moved, which may be some before the end of a pipe. */
static size_t move(uint32_t operation, int handle, uint32_t address, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const uint32_t want = (uint32_t)(bytes - done);
    const uint32_t arguments[3] = {(uint32_t)handle, address + (uint32_t)done, want};
    const uint32_t left = call(operation, arguments);
    if (left >= want) {
      break;
    }
    done += want - left;
  }
  return done;
}

size_t semihosting_read(int handle, void *data, size_t bytes) {
  return move(SYS_READ, handle, (uint32_t)(uintptr_t)data, bytes);
}

size_t semihosting_write(int handle, const void *data, size_t bytes) {
  return move(SYS_WRITE, handle, (uint32_t)(uintptr_t)data, bytes);
}

void semihosting_exit(int status) {
  const uint32_t arguments[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)status};
  call(SYS_EXIT_EXTENDED, arguments);
  for (;;) {
  }
}
