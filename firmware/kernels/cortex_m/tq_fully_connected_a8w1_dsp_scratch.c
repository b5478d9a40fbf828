#include "tinyq/tq_kernels_dsp.h"

/* Inputs as 16 bits, of whole words of 16 weights, and a word ahead of every 4 of these. */
int32_t tq_fully_connected_a8w1_dsp_scratch(const tq_fully_connected_dims *dims) {
  const int32_t words = (dims->c_in + 15) / 16;
  return 32 * words + (words + 3) / 4 * 4;
}
