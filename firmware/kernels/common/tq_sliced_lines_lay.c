#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* The places of taps of weights that are not 0, or of four levels, those of 1 and -1, or else of 3 and -3. levels: a
 * constant. Returns where they end. */
TQ_SLICED_INLINE uint16_t *find(const tq_sliced_lines *l, int32_t o, int32_t levels, int ones, uint16_t *list) {
  const tq_sliced *const layer = l->layer;
  const tq_dims filter = layer->dims->filter;
  const int32_t words = tq_bits_words(filter.c), step = tq_bits_planes(levels) * words;
  const int32_t signs = levels == 2 ? 0 : words, right = 4 * (filter.w == 1 ? l->sizes.words : 1);
  const int32_t end = filter.h * filter.w * right, minus = 4 * l->sizes.seen;
  const uint32_t mask = 1u << o % TQ_WORD_BITS;
  const int32_t *w = layer->weights + o / TQ_WORD_BITS;

  for (int32_t place = 0; place < end; place += right, w += step) {
    const uint32_t sign = (uint32_t)w[signs], low = (uint32_t)w[0] ^ (levels == 4 ? sign : 0);
    if (levels > 2 && ((low & mask) != 0) != ones) continue;
    *list++ = (uint16_t)(sign & mask ? place + minus : place);
  }
  return list;
}

/* The same of a filter that sees all channels of a pixel, which are in one word of its weights. */
static uint16_t *find_few(const tq_sliced_lines *l, int32_t o, int32_t levels, int ones, uint16_t *list) {
  const tq_dims filter = l->layer->dims->filter;
  const int32_t signs = levels > 2, next = 4 * (l->sizes.words + filter.w - 1), row = filter.c * next;
  const int32_t rows = filter.w == 1 ? 1 : filter.h, columns = filter.w == 1 ? filter.h : filter.w;
  const int32_t right = filter.w == 1 ? row : 4;
  const uint32_t minus = 4 * (uint32_t)l->sizes.seen, every = levels == 2 ? UINT32_MAX : 0;
  const uint32_t four = levels == 4 ? UINT32_MAX : 0, without = ones || levels == 3 ? 0 : UINT32_MAX;
  const int32_t *w = l->layer->weights + o * filter.h * filter.w * (1 + signs);
  uint32_t first = 0;

  for (int32_t y = 0; y < rows; y++, first += (uint32_t)(row - columns * right)) {
    for (int32_t x = columns; x > 0; x--, w += 1 + signs, first += (uint32_t)right) {
      uint32_t sign = (uint32_t)w[signs], taken = ((uint32_t)w[0] ^ (sign & four) ^ without) | every, place = first;
      int32_t c = filter.c;
      do {
        if (taken & 1) *list++ = (uint16_t)(place + (sign & 1) * minus);
        place += (uint32_t)next;
        sign >>= 1;
        taken >>= 1;
      } while (--c > 0);
    }
  }
  return list;
}

/* The same, in whole fours, and how many they are. */
static uint16_t *list(const tq_sliced_lines *l, int32_t o, int ones, uint16_t *first, uint16_t *fours,
                      int32_t *taps) {
  const uint16_t none = (uint16_t)(4 * 2 * l->sizes.seen);
  uint16_t *end;

  if (TQ_TAKES(TQ_USED_SLICED_FEW, TQ_USED_DEPTHWISE_LINES, l->layer->dims->filter.c == l->sizes.together)) {
    end = find_few(l, o, l->layer->w_levels, ones, first);
  } else if (l->layer->w_levels == 2) {
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
