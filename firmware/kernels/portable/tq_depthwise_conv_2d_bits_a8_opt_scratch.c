#include "../common/tq_bits_formulas.h"

int32_t tq_depthwise_conv_2d_bits_a8_opt_scratch(const tq_conv_dims *dims) {
  return tq_conv_2d_bits_words_scratch(dims);
}
