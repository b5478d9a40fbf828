#include "tq_bits.h"
#include "tq_x86_bits.h"

/* A cache line, and the planes of all blocks of all groups. */
int32_t tq_x86_kept_bits(const tq_conv_dims *dims, int32_t w_levels) {
  const tq_dims filter = dims->filter;
  const int32_t groups = dims->input.c / filter.c, group_size = filter.n / groups;
  const int32_t blocks = groups * ((group_size + TQ_X86_CHANNELS - 1) / TQ_X86_CHANNELS);
  const int64_t words = tq_x86_times(tq_x86_times(filter.h, filter.w), tq_bits_words(filter.c));
  const int64_t block = tq_x86_times(words, 4 * TQ_X86_CHANNELS * tq_bits_planes(w_levels));
  const int64_t bytes = TQ_X86_KEPT_HEAD + tq_x86_times(blocks, block);

  return bytes > INT32_MAX ? 0 : (int32_t)bytes;
}
