/* Reads the number of the first sample (4 bytes) and samples, and writes each window that they end. */
#include "chain.h"

#include <stdio.h>

int main(void) {
  static chain_element sample[STREAM_CHANNELS];
  static int8_t input[STREAM_WINDOW * STREAM_CHANNELS];
  uint32_t first;
  if (fread(&first, sizeof first, 1, stdin) != 1) {
    return 1;
  }
  chain_start(first);
  while (fread(sample, sizeof sample, 1, stdin) == 1) {
    if (chain_take(sample)) {
      chain_fill(input);
      fwrite(input, sizeof input, 1, stdout);
    }
  }
  return 0;
}
