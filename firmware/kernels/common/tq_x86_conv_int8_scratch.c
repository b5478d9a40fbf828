#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

/* Steps, twice; a block; its rows of weights, and one more; the padded image: in this order. A tap's channels, or a row's taps, fill whole words: 3 bytes more. */
int32_t tq_x86_conv_int8_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int64_t rows = tq_x86_padded(dims->input.h, filter.h), columns = tq_x86_padded(dims->input.w, filter.w);
  const int64_t words = tq_x86_times(tq_x86_times(filter.h, filter.w), ((int64_t)filter.c + 3) / 4);
  const int64_t weights = tq_x86_times(words, 8 * TQ_X86_DOT_CHANNELS + 16);
  const int64_t image = tq_x86_times(tq_x86_times(rows, columns), filter.c);
  const int64_t rest = (int64_t)sizeof(tq_x86_int8_block) + (TQ_X86_DOT_CHANNELS + 2) * TQ_X86_SLACK;
  const int64_t bytes = weights + image + rest;

  return bytes > INT32_MAX ? 0 : (int32_t)bytes;
}
