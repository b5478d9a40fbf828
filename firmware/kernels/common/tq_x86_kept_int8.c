#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

/* A cache line, and all blocks of all groups. */
int32_t tq_x86_kept_int8(const tq_conv_dims *dims) {
  const tq_dims filter = dims->filter;
  const int32_t groups = dims->input.c / filter.c, group_size = filter.n / groups;
  const int32_t blocks = groups * ((group_size + TQ_X86_DOT_CHANNELS - 1) / TQ_X86_DOT_CHANNELS);
  const int64_t words = tq_x86_times(tq_x86_times(filter.h, filter.w), ((int64_t)filter.c + 3) / 4);
  const int64_t block = (int64_t)sizeof(tq_x86_int8_block) + tq_x86_times(words, 4 * TQ_X86_DOT_CHANNELS);
  const int64_t bytes = TQ_X86_KEPT_HEAD + tq_x86_times(blocks, block);

  return bytes > INT32_MAX ? 0 : (int32_t)bytes;
}
