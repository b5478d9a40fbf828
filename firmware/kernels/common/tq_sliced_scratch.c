#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

int32_t tq_sliced_scratch(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t group_size = filter.n / (dims->input.c / filter.c), taps = filter.h * filter.w;
  const int32_t channels = group_size < TQ_SLICED_CHANNELS ? group_size : TQ_SLICED_CHANNELS;
  const int32_t sums = channels * TQ_SLICED_SUMS, outside = TQ_SLICED_PLANES * tq_bits_words(dims->input.c);
  const int32_t units = taps * tq_bits_words(filter.c) * (TQ_SLICED_OFFSETS + 4 * TQ_SLICED_WORD_ENTRIES) + 1;
  const int32_t work = sums + units < TQ_SLICED_WORK_WORDS ? sums + units : TQ_SLICED_WORK_WORDS;

  return (int32_t)sizeof(uint32_t) * (outside + work);
}
