#include "tq_bits_formulas.h"
#include "tq_neon_depthwise_bits.h"

/* In the order in which tq_neon_depthwise_bits lays them; never less than the _opt kernels take. */
int32_t tq_neon_depthwise_bits_scratch(const tq_conv_dims *dims) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t taps = filter.h * filter.w;
  const int32_t pixel = tq_lanes_pixel(filter.c), apart = pixel + TQ_MOST_LANES;
  const int32_t limits = TQ_SLICED_THRESHOLDS * TQ_SLICED_DIGITS;
  const int32_t words = TQ_LANES_PLANES * tq_bits_words(in.c) + limits + taps;
  const int32_t numbers = 4 * 8 * TQ_LANES_SCALING * pixel + 2 * tq_lanes_numbers(pixel);
  const int32_t lines = TQ_LANES_PLANES * (dims->output.w * pixel + TQ_MOST_LANES);
  const int32_t patterns = (taps * TQ_LANES_PLANES + 2 + limits) * apart;
  const int32_t all = 4 * words + numbers + tq_lanes_copy(dims) + lines + patterns;
  const int32_t opt = tq_conv_2d_bits_words_scratch(dims);

  return all > opt ? all : opt;
}
