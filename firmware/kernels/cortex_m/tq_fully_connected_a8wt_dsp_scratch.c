#include "tinyq/tq_kernels_dsp.h"

/* Inputs as 16 bits, of whole words of 8 weights, and a word ahead of every 7 of these. */
int32_t tq_fully_connected_a8wt_dsp_scratch(const tq_fully_connected_dims *dims) {
  const int32_t words = (dims->c_in + 7) / 8;
  return 16 * words + (words + 6) / 7 * 4;
}
