#include "tq_packed_tensors.h"

/* Whether packing writes these bits of 32 channels; `used` has a 1 for each that there is. */
static int is_canonical(const int32_t *plane, int32_t next_plane, int32_t levels, uint32_t used) {
  for (int32_t m = 0; m < tq_planes(levels); m++) {
    if (((uint32_t)plane[m * next_plane] & ~used) != 0) return 0;
  }
  return levels != 3 || ((uint32_t)plane[next_plane] & ~(uint32_t)plane[0]) == 0;
}

void tq_check_codes(tq_loading *loading, const char *role, const tq_loader_tensor *tensor, int32_t channels,
                    int32_t levels) {
  const int32_t words = tq_words(channels), row_words = tq_packed_size(channels, levels), rest = channels % 32;
  const uint32_t last = rest == 0 ? UINT32_MAX : ((uint32_t)1 << rest) - 1;
  const int64_t size = tq_refused(loading) ? 0 : tq_size(tensor);
  const int32_t *const data = tensor->data;

  for (int64_t row = 0; row + row_words <= size; row += row_words) {
    for (int32_t i = 0; i < words; i++) {
      if (is_canonical(data + row + i, words, levels, i == words - 1 ? last : UINT32_MAX)) continue;
      tq_refuse(loading, TQ_BAD_WEIGHTS, "%s %t hold a bit behind the %i channels, or a 0 with a sign", role, tensor,
                (int64_t)channels);
      return;
    }
  }
}

int32_t tq_code_magnitude(const int32_t *row, int32_t channels, int32_t levels, int32_t channel) {
  const int32_t words = tq_words(channels), top = tq_top_code(levels);
  int32_t number = 0; /* from the highest code down */

  if (levels == 2) return 1;
  if (levels == 3) return (int32_t)((uint32_t)row[channel / 32] >> channel % 32 & 1);
  for (int32_t m = 0; m < tq_planes(levels); m++) {
    number |= (int32_t)((uint32_t)row[m * words + channel / 32] >> channel % 32 & 1) << m;
  }
  const int32_t code = top - 2 * number;
  return code < 0 ? -code : code;
}
