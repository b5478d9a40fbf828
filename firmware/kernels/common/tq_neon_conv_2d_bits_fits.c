#include "tq_bits.h"
#include "tq_neon_bits.h"

int32_t tq_neon_conv_2d_bits_fits(const tq_conv_dims *dims) {
  const int32_t taps = dims->filter.h * dims->filter.w;
  const int32_t most = TQ_SIGNS_MOST / TQ_WORD_BITS / tq_bits_words(dims->filter.c);

  return dims->input.c == dims->filter.c && taps <= most;
}
