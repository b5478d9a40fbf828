/* What kernels and applications call of <string.h>: the C library of a Linux compiler would want Linux. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Else the compiler sees these loops for what they are, and calls the functions that they are in. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef struct {
  uint64_t half[2];
} block;

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  for (; bytes >= sizeof(block); bytes -= sizeof(block), out += sizeof(block), in += sizeof(block)) {
    block moved;
    __builtin_memcpy(&moved, in, sizeof moved);
    __builtin_memcpy(out, &moved, sizeof moved);
  }
  for (; bytes > 0; --bytes) {
    *out++ = *in++;
  }
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if (out <= in || out >= in + bytes) {
    return memcpy(to, from, bytes);
  }
  while (bytes > 0) {
    --bytes;
    out[bytes] = in[bytes];
  }
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  const uint64_t eight = (uint8_t)value * UINT64_C(0x0101010101010101);
  const block same = {{eight, eight}};
  for (; bytes >= sizeof(block); bytes -= sizeof(block), out += sizeof(block)) {
    __builtin_memcpy(out, &same, sizeof same);
  }
  for (; bytes > 0; --bytes) {
    *out++ = (uint8_t)value;
  }
  return to;
}

int memcmp(const void *left, const void *right, size_t bytes) {
  const uint8_t *a = left;
  const uint8_t *b = right;
  for (; bytes > 0 && *a == *b; --bytes) {
    ++a;
    ++b;
  }
  return bytes > 0 ? *a - *b : 0;
}

size_t strlen(const char *text) {
  const char *end = text;
  while (*end != '\0') {
    ++end;
  }
  return (size_t)(end - text);
}
