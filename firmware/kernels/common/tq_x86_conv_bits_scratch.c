#include "tq_bits.h"
#include "tq_x86_bits.h"

/* Steps, ones of the taps, the weights of a block and a plane of ones, and the padded image behind a pixel of
 * padding: tq_x86_conv_bits has them in this order. */
int32_t tq_x86_conv_bits_scratch(const tq_conv_dims *dims, int32_t x_planes, int32_t w_planes) {
  const tq_dims filter = dims->filter;
  const int64_t words = tq_bits_words(filter.c), taps = tq_x86_times(filter.h, filter.w);
  const int64_t rows = tq_x86_padded(dims->input.h, filter.h), columns = tq_x86_padded(dims->input.w, filter.w);
  const int64_t image = tq_x86_times(tq_x86_times(rows, columns) + 1, x_planes * words);
  const int64_t of_a_tap = words * (1 + TQ_X86_CHANNELS * (w_planes + 1)) + TQ_X86_CHANNELS;
  const int64_t bytes = tq_x86_times(tq_x86_times(taps, of_a_tap) + image, (int64_t)sizeof(uint32_t));

  return bytes > INT32_MAX ? 0 : (int32_t)bytes;
}
