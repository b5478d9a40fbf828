#include "tq_sliced.h"

int32_t tq_sliced_conv_2d_bits_scratch(const tq_conv_dims *dims) {
  const int32_t sliced = tq_sliced_scratch(dims), words = tq_conv_2d_bits_words_scratch(dims);
  return sliced > words ? sliced : words;
}
