#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Where lists grow, as weights are found: minus from the beginning on, plus from the end on. */
typedef struct {
  uint16_t *minus, *plus;
} ends;

/* The taps of weights that are not 0, or of four levels, those of 1 and -1, or else of 3 and -3. levels: a constant. */
TQ_SLICED_INLINE void find(const tq_sliced_lines *l, int32_t o, int32_t levels, int ones, ends *at) {
  const tq_sliced *const layer = l->layer;
  const tq_dims filter = layer->dims->filter;
  const int32_t words = tq_bits_words(filter.c), step = tq_bits_planes(levels) * words;
  const int32_t signs = levels == 2 ? 0 : words, word = 4 * l->sizes.block;
  const int32_t taps = filter.h * filter.w, together = filter.w == 1 ? taps : TQ_WORD_BITS; /* in a block */
  const uint32_t mask = 1u << o % TQ_WORD_BITS;
  const int32_t *w = layer->weights + o / TQ_WORD_BITS;
  uint16_t *minus = at->minus, *plus = at->plus;

  for (int32_t rest = taps, place = 0; rest > 0; rest -= together, place += word) {
    const int32_t end = place + 4 * (rest < together ? rest : together);
    for (int32_t tap = place; tap < end; tap += 4, w += step) {
      const uint32_t sign = (uint32_t)w[signs], low = (uint32_t)w[0] ^ (levels == 4 ? sign : 0);
      if (levels > 2 && ((low & mask) != 0) != ones) continue;
      if (sign & mask) {
        *minus++ = (uint16_t)tap;
      } else {
        *--plus = (uint16_t)tap;
      }
    }
  }
  at->minus = minus;
  at->plus = plus;
}

/* The same, in whole fours: the last word of a block is 0. Returns how many taps are plus. */
static int32_t list(const tq_sliced_lines *l, int32_t o, int ones, ends *at, uint16_t *count, int32_t *minus) {
  const uint16_t none = (uint16_t)(4 * (l->sizes.block - 1));
  const ends first = *at;
  int32_t plus;

  if (l->layer->w_levels == 2) {
    find(l, o, 2, 1, at);
  } else if (l->layer->w_levels == 3) {
    find(l, o, 3, 1, at);
  } else {
    find(l, o, 4, ones, at);
  }
  *minus = (int32_t)(at->minus - first.minus);
  plus = (int32_t)(first.plus - at->plus);
  while ((at->minus - first.minus) % 4 != 0) *at->minus++ = none;
  while ((first.plus - at->plus) % 4 != 0) *--at->plus = none;
  count[0] = (uint16_t)((at->minus - first.minus) / 4);
  count[1] = (uint16_t)((first.plus - at->plus) / 4);
  return plus;
}

static void set_limits(const tq_sliced_lines *l, int32_t o, tq_sliced_lines_filter *f) {
  const tq_bits_output *const how = l->layer->params;
  const int32_t cuts = how->levels - 1, least = f->top - l->unit * f->most;

  for (int32_t i = 0; i < cuts; i++) {
    const int32_t threshold = how->thresholds[o * cuts + i];
    const int32_t none = threshold >= f->top, all = threshold < least;
    f->limits[i] = none ? 0 : all ? f->most + 1 : (f->top - threshold - 1) / l->unit + 1;
  }
}

void tq_sliced_lines_lay(const tq_sliced_lines *l, int32_t o, int32_t i) {
  const tq_sliced *const layer = l->layer;
  const int32_t x_levels = layer->x_levels, w_levels = layer->w_levels, highest = x_levels == 3 ? 1 : x_levels - 1;
  uint16_t *const lists = l->lists + i * l->sizes.list;
  tq_sliced_lines_filter *const f = l->filters + i;
  ends at = {lists, lists + l->sizes.list};
  int32_t minus, plus = list(l, o, 0, &at, f->count, &minus), one_minus = 0, one_plus = 0, signs;

  f->start = minus * (x_levels - 1);
  f->most = f->start + plus * (x_levels - 1);
  f->count[2] = f->count[3] = 0;
  signs = plus - minus;
  if (w_levels == 4) {
    one_plus = list(l, o, 1, &at, f->count + 2, &one_minus);
    signs = 3 * signs + one_plus - one_minus;
    f->start += (one_minus * (x_levels - 1) + 2) / 3;
    f->most = 3 * (f->start + plus * (x_levels - 1)) + one_plus * (x_levels - 1);
  }
  f->top = highest * signs + l->unit * (w_levels == 4 ? 3 : 1) * f->start;
  for (f->digits = 1; f->most >> f->digits != 0;) f->digits++;
  if (((const tq_bits_output *)layer->params)->thresholds) set_limits(l, o, f);
}
