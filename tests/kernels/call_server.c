/* Calls kernels that a request on standard input names: emulated_kernels.py talks to it through an emulator.
 *
 * Request, little-endian uint32 unless it says otherwise:
 *   index of the kernel in call_table
 *   blocks: count; each its size and its bytes
 *   pointers: count; each the block and offset where it lies, and the block it points to
 *   arguments: count; each a block, or -1 for NULL
 *   the block to send back
 * Answer: 1 if no byte beside a block was written, else 0; then the block. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64, GARBAGE = 0xA5, MOST = 64 };

typedef int32_t any_kernel(void *, void *, void *, void *, void *, void *, void *, void *);
extern void (*const call_table[])(void);

static void receive(void *to, size_t bytes) {
  if (bytes > 0 && fread(to, 1, bytes, stdin) != bytes) exit(0);
}

static uint32_t number(void) {
  uint32_t value;
  receive(&value, sizeof value);
  return value;
}

static int guarded(const uint8_t *block, uint32_t size) {
  for (int i = 0; i < GUARD; i++) {
    if (block[i] != GARBAGE || block[GUARD + size + (uint32_t)i] != GARBAGE) return 0;
  }
  return 1;
}

int main(void) {
  for (;;) {
    const uint32_t kernel = number(), count = number();
    uint8_t *blocks[MOST];
    uint32_t sizes[MOST], intact = 1;
    void *arguments[8] = {0};

    for (uint32_t i = 0; i < count; i++) {
      sizes[i] = number();
      blocks[i] = malloc(sizes[i] + 2 * GUARD);
      memset(blocks[i], GARBAGE, sizes[i] + 2 * GUARD);
      receive(blocks[i] + GUARD, sizes[i]);
    }
    for (uint32_t left = number(); left > 0; left--) {
      const uint32_t at = number(), offset = number(), to = number();
      const void *const pointer = blocks[to] + GUARD;
      memcpy(blocks[at] + GUARD + offset, &pointer, sizeof pointer);
    }
    for (uint32_t i = 0, given = number(); i < given; i++) {
      const uint32_t block = number();
      arguments[i] = block == UINT32_MAX ? NULL : blocks[block] + GUARD;
    }
    const uint32_t wanted = number();
    ((any_kernel *)call_table[kernel])(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                                       arguments[5], arguments[6], arguments[7]);
    for (uint32_t i = 0; i < count; i++) intact &= (uint32_t)guarded(blocks[i], sizes[i]);
    fwrite(&intact, sizeof intact, 1, stdout);
    fwrite(blocks[wanted] + GUARD, 1, sizes[wanted], stdout);
    fflush(stdout);
    for (uint32_t i = 0; i < count; i++) free(blocks[i]);
  }
}
