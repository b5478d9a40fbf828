#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* The places of taps of weights that are not 0, or of four levels, those of 1 and -1, or else of 3 and -3. levels: a
 * constant. Returns where they end. */
TQ_SLICED_INLINE uint16_t *find(const tq_sliced_lines *l, int32_t o, int32_t levels, int ones, uint16_t *list) {
  const tq_sliced *const layer = l->layer;
  const tq_dims filter = layer->dims->filter;
  const int32_t words = tq_bits_words(filter.c), step = tq_bits_planes(levels) * words;
  const int32_t signs = levels == 2 ? 0 : words, right = 4 * (filter.w == 1 ? l->sizes.words : 1);
  const int32_t row = right * filter.w, next = 4 * (l->sizes.words + filter.w - 1) - row, minus = 4 * l->sizes.seen;
  const int depthwise = tq_sliced_lines_depthwise(layer->dims);
  const int32_t *const first = layer->weights + (depthwise ? o / TQ_WORD_BITS : o * filter.h * filter.w * step);
  const int32_t bit = depthwise ? o % TQ_WORD_BITS : 0, end = bit + l->sizes.together;
  int32_t place = 0;

  for (int32_t c = bit; c < end; c++) {
    const uint32_t mask = 1u << c;
    const int32_t *w = first;
    for (int32_t y = 0; y < filter.h; y++, place += next) {
      for (const int32_t past = place + row; place < past; place += right, w += step) {
        const uint32_t sign = (uint32_t)w[signs], low = (uint32_t)w[0] ^ (levels == 4 ? sign : 0);
        if (levels > 2 && ((low & mask) != 0) != ones) continue;
        *list++ = (uint16_t)(sign & mask ? place + minus : place);
      }
    }
  }
  return list;
}

/* The same, in whole fours, and how many they are. */
static uint16_t *list(const tq_sliced_lines *l, int32_t o, int ones, uint16_t *first, uint16_t *fours,
                      int32_t *taps) {
  const uint16_t none = (uint16_t)(4 * 2 * l->sizes.seen);
  uint16_t *end;

  if (l->layer->w_levels == 2) {
    end = find(l, o, 2, 1, first);
  } else if (l->layer->w_levels == 3) {
    end = find(l, o, 3, 1, first);
  } else {
    end = find(l, o, 4, ones, first);
  }
  *taps = (int32_t)(end - first);
  while ((end - first) % 4 != 0) *end++ = none;
  *fours = (uint16_t)((end - first) / 4);
  return end;
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
  const int32_t x_levels = layer->x_levels, highest = x_levels == 3 ? 1 : x_levels - 1;
  tq_sliced_lines_filter *const f = l->filters + i;
  int32_t taps, ones = 0;
  uint16_t *const end = list(l, o, 0, l->lists + i * l->sizes.list, f->count, &taps);

  f->count[1] = 0;
  if (layer->w_levels == 4) {
    list(l, o, 1, end, f->count + 1, &ones);
    taps = 3 * taps + ones;
  }
  f->top = highest * taps;
  f->most = (x_levels - 1) * taps;
  for (f->digits = 1; f->most >> f->digits != 0;) f->digits++;
  if (((const tq_bits_output *)layer->params)->thresholds) set_limits(l, o, f);
}
