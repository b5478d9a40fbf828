#include "tinyq/tq_used.h"
#include "tq_bits.h"
#include "tq_sliced_lines.h"

static void clear(void *words, int32_t count) {
  const uint32_t zero = tq_in_register(0); /* or gcc calls memset, which goes byte by byte */
  uint32_t *to = words;

  for (; count > 0; count--) *to++ = zero;
}

/* As tq_sliced_lines_scratch has it. */
static void share(tq_sliced_lines *l, void *scratch) {
  const tq_sliced_lines_sizes *const sizes = &l->sizes;

  l->filters = (tq_sliced_lines_filter *)(void *)((int32_t *)scratch + 2 * tq_bits_words(l->layer->dims->input.c));
  l->lines = (uint32_t *)(l->filters + sizes->filters);
  l->seen = l->lines + sizes->lines;
  l->marks = l->seen + sizes->seen;
  l->lists = (uint16_t *)(l->marks + 2 * TQ_SLICED_LINES_CHANNELS * sizes->words);
  l->tables = (int8_t *)(l->lists + sizes->filters * sizes->list);
  if (l->layer->dims->filter.w > 1) clear(l->seen, sizes->seen);
  for (uint32_t *end = l->seen + sizes->block - 1; end < l->marks; end += sizes->block) *end = 0;
}

/* Filters [first, last) and their tables, where entries, which take longer to make, are few beside positions. */
static void lay(const tq_sliced_lines *l, int32_t first, int32_t last) {
  const tq_bits_output *const how = l->layer->params;
  const tq_dims out = l->layer->dims->output;
  int32_t room = TQ_SLICED_LINES_TABLES;

  for (int32_t o = first; o < last; o++) {
    tq_sliced_lines_filter *const f = l->filters + o - first;
    tq_sliced_lines_lay(l, o, o - first);
    f->table = -1;
    if (!how->thresholds && how->multiplier && f->most < room && 2 * f->most < out.n * out.h * out.w) {
      f->table = TQ_SLICED_LINES_TABLES - room;
      tq_sliced_lines_set_table(l, o, f);
      room -= f->most + 1;
    }
  }
}

/* Filter o, `i` of those at hand. */
static void run_filter(const tq_sliced_lines *l, int32_t o, int32_t i, const uint32_t *seen, int32_t position,
                       int32_t count, tq_store_sum *store) {
  const tq_bits_output *const how = l->layer->params;
  const int packed = TQ_TAKES(TQ_USED_DEPTHWISE_PACKED, TQ_USED_DEPTHWISE_SUMS, how->thresholds != NULL);
  uint32_t counts[TQ_SLICED_LINES_DIGITS + 4];

  for (int32_t word = 0, rest = count; rest > 0; word++, rest -= TQ_WORD_BITS, seen += l->sizes.block) {
    const int32_t some = rest < TQ_WORD_BITS ? rest : TQ_WORD_BITS, at = position + TQ_WORD_BITS * word;
    tq_sliced_lines_count(l, i, seen, counts);
    if (packed) {
      tq_sliced_lines_mark(l, o, i, word, counts);
    } else if (how->multiplier) {
      tq_sliced_lines_put_int8(l, o, i, at, some, counts);
    } else {
      tq_sliced_lines_put_each(l, o, i, at, some, counts, store);
    }
  }
  if (packed && (o % 8 == 7 || o + 1 == l->layer->dims->output.c)) {
    tq_sliced_lines_put_bytes(l, o, position, count);
  }
}

/* `count` positions of a line from x on, of all filters [first, last) of a byte of channels. */
static void run(const tq_sliced_lines *l, int32_t byte, int32_t line, int32_t x, int32_t count, int32_t first,
                int32_t last, tq_store_sum *store) {
  const tq_dims in = l->layer->dims->input, out = l->layer->dims->output;
  const int32_t words = tq_bits_words(count), columns = l->layer->dims->filter.w == 1, each = out.c / in.c;
  const uint32_t *seen = l->seen;

  tq_sliced_lines_fill(l, byte, line, x, words);
  for (int32_t o = first, c = 0; o < last; c++) {
    if (!columns) tq_sliced_lines_shift(l, c, words);
    for (int32_t k = 0; k < each; k++, o++) run_filter(l, o, o - first, seen, line * out.w + x, count, store);
    if (columns) seen += l->planes * l->sizes.plane;
  }
}

void tq_sliced_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch) {
  const tq_bits_output *const how = layer->params;
  const tq_dims in = layer->dims->input, out = layer->dims->output;
  const int32_t planes = tq_bits_planes(layer->x_levels), each = out.c / in.c;
  tq_sliced_lines l = {.layer = layer, .sizes = tq_sliced_lines_sizes_of(layer->dims, planes), .planes = planes,
                       .unit = layer->x_levels == 3 ? 1 : 2};
  const int32_t step = TQ_WORD_BITS * l.sizes.words;

  share(&l, scratch);
  if (how->thresholds) { /* whose bytes without channels are not written */
    clear(layer->output, out.n * out.h * out.w * tq_bits_row(out.c, how->levels));
  }
  for (int32_t byte = 0; TQ_SLICED_LINES_CHANNELS * byte < in.c; byte++) {
    const int32_t first = TQ_SLICED_LINES_CHANNELS * byte * each, all = first + TQ_SLICED_LINES_CHANNELS * each;
    const int32_t last = all < out.c ? all : out.c;
    lay(&l, first, last);
    for (int32_t line = 0; line < out.n * out.h; line++) {
      for (int32_t x = 0; x < out.w; x += step) {
        run(&l, byte, line, x, out.w - x < step ? out.w - x : step, first, last, store);
      }
    }
  }
}
