#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Of the piece's positions [first, end), every other one. */
static void mark(const tq_sliced_lines *l, int32_t first, int32_t end) {
  const int32_t words = l->piece.words;

  for (int32_t i = first; i < end; i += 2) l->odd[i % words] |= 1u << i / words;
}

void tq_sliced_lines_find_odd(const tq_sliced_lines *l) {
  const tq_conv_dims *const dims = l->layer->dims;
  const int32_t count = l->piece.words * (l->piece.lanes - 1) + l->piece.longer, pad = l->layer->pad_left;
  const int32_t right = dims->input.w + pad - dims->filter.w + 1 - l->piece.x; /* the first one that sees one there */
  int32_t left = pad - l->piece.x;                                             /* the last one that sees one there, + 1 */

  for (int32_t k = 0; k < l->sizes.words; k++) l->odd[k] = 0;
  if (!l->holes || !l->signs) return;
  mark(l, left > 0 ? (left + 1) % 2 : 0, left < count ? left : count);
  mark(l, right < 0 ? -right % 2 : right, count);
}
