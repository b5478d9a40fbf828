#include "tq_bits.h"
#include "tq_sliced_lines.h"

void tq_sliced_lines_shift(const tq_sliced_lines *l, int32_t c, int32_t words) {
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const int32_t rows = l->layer->dims->filter.h, shifts = sizes->shifts;
  const uint32_t *from = l->lines + c * l->planes * rows * sizes->line;
  uint32_t *plane = l->seen;

  for (int32_t m = 0; m < l->planes; m++, plane += sizes->plane) {
    for (int32_t y = 0; y < rows; y++, from += sizes->line) {
      uint32_t *to = plane + y * shifts;
      for (int32_t i = 0; i < words + sizes->behind; i++, to += sizes->block - shifts) {
        uint64_t pair = from[i] | (uint64_t)from[i + 1] << TQ_WORD_BITS;
        for (const uint32_t *const end = to + shifts; to < end; pair >>= 1) *to++ = (uint32_t)pair;
      }
    }
  }
}
