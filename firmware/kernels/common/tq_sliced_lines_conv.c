#include "tinyq/tq_used.h"
#include "tq_bits.h"
#include "tq_sliced_lines.h"

static void clear(void *words, int32_t count) {
  const uint32_t zero = tq_in_register(0); /* or gcc calls memset, which goes byte by byte */
  uint32_t *to = words;

  for (; count > 0; count--) *to++ = zero;
}

static inline int is_packed(const tq_bits_output *how) {
  return TQ_TAKES(TQ_USED_LINES_PACKED, TQ_USED_LINES_SUMS, how->thresholds != NULL);
}

/* As tq_sliced_lines_scratch has it. */
static void share(tq_sliced_lines *l, void *scratch) {
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  uint32_t *zeros;

  l->filters = (tq_sliced_lines_filter *)(void *)((int32_t *)scratch + 2 * tq_bits_words(l->layer->dims->input.c));
  l->lines = (uint32_t *)(l->filters + sizes->filters);
  l->seen = l->lines + sizes->lines;
  l->odd = l->seen + l->planes * sizes->plane;
  l->lists = (uint16_t *)(l->odd + sizes->words);
  l->marks = (uint32_t *)(void *)(l->lists + sizes->filters * sizes->list);
  l->tables = (int8_t *)l->marks;
  zeros = l->seen + 2 * sizes->seen;
  for (int32_t m = 0; m < l->planes; m++, zeros += sizes->plane) clear(zeros, sizes->words);
}

/* How padding is counted. Windows of signs see padding at one end only, so that it is every other pixel of it. */
static void see_padding(tq_sliced_lines *l) {
  const tq_sliced *const layer = l->layer;
  const tq_conv_dims *const dims = layer->dims;
  const int32_t columns = dims->filter.w, words = tq_bits_words(dims->input.c);

  for (int32_t m = 0; m < l->planes; m++) l->outside |= ((uint32_t)layer->outside[m * words] & 1) << m;
  if (layer->x_levels != 3) return;
  l->outside ^= 1;
  l->holes = (int32_t)(l->outside & 1);
  l->signs = !l->holes || (layer->pad_left == 0 && dims->output.w + columns <= dims->input.w + 1) ||
             (dims->filter.h * l->sizes.together == 1 && layer->w_levels == 2 && columns <= dims->input.w);
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
    if (!is_packed(how) && how->multiplier && f->most < room && f->most < out.n * out.h * out.w) {
      f->table = TQ_SLICED_LINES_TABLES - room;
      tq_sliced_lines_set_table(l, o, f);
      room -= f->most + 1;
    }
  }
}

/* Filter o, `i` of those at hand. */
static void run_filter(const tq_sliced_lines *l, int32_t o, int32_t i, tq_store_sum *store) {
  const tq_bits_output *const how = l->layer->params;
  const int packed = is_packed(how);
  uint32_t counts[TQ_SLICED_LINES_DIGITS + 4];

  for (int32_t k = 0; k < l->piece.words; k++) {
    tq_sliced_lines_count(l, i, k, counts);
    if (packed) {
      tq_sliced_lines_mark(l, o, i, k, counts);
    } else if (how->multiplier) {
      tq_sliced_lines_put_int8(l, o, i, k, counts);
    } else {
      tq_sliced_lines_put_each(l, o, i, k, counts, store);
    }
  }
  if (packed && (o % 8 == 7 || o + 1 == l->layer->dims->output.c)) tq_sliced_lines_put_bytes(l, o);
}

/* Fills lines. Returns whether the lower digit is to be counted. */
static int32_t fill(const tq_sliced_lines *l, int32_t byte) {
  uint32_t any = 0;

  for (int32_t c = 0; c < l->sizes.channels; c += TQ_SLICED_LINES_CHANNELS) {
    any |= tq_sliced_lines_fill(l, byte + c / TQ_SLICED_LINES_CHANNELS, l->lines + c * l->planes * l->sizes.line);
  }
  return any != 0 || !l->signs;
}

/* `count` positions of a line from x on, of filters [first, last), those of a byte of channels, or which see all. */
static void run(tq_sliced_lines *l, int32_t line, int32_t x, int32_t count, int32_t first, int32_t last,
                tq_store_sum *store) {
  const tq_conv_dims *const dims = l->layer->dims;
  const int depthwise = tq_sliced_lines_depthwise(dims);
  const int32_t each = depthwise ? dims->output.c / dims->input.c : last - first, words = tq_bits_words(count);
  const int32_t byte = depthwise ? first / each / TQ_SLICED_LINES_CHANNELS : 0;
  const int32_t shared = tq_sliced_few_shared(dims, l->layer->stride_h, l->layer->dilation_h);
  const int32_t known = depthwise || line % dims->output.h == 0 ? 0 : shared;

  l->piece = (tq_sliced_lines_piece){line, x, words, (count - 1) / words + 1, (count - 1) % words + 1, known};
  tq_sliced_lines_find_odd(l);
  if (known > 0 && l->low) {
    fill(l, byte);
  } else {
    l->low = fill(l, byte);
    if (known > 0 && l->low) { /* other than one line up */
      l->piece.known = 0;
      fill(l, byte);
    }
  }
  for (int32_t o = first, c = 0; o < last; c++) {
    tq_sliced_lines_see(l, c);
    for (int32_t k = 0; k < each; k++, o++) run_filter(l, o, o - first, store);
  }
}

void tq_sliced_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch) {
  const tq_bits_output *const how = layer->params;
  const tq_dims out = layer->dims->output;
  const int32_t planes = tq_bits_planes(layer->x_levels);
  tq_sliced_lines l = {.layer = layer, .sizes = tq_sliced_lines_sizes_of(layer->dims, planes), .planes = planes,
                       .unit = layer->x_levels == 3 ? 1 : 2};
  const int32_t step = TQ_WORD_BITS * l.sizes.words;

  share(&l, scratch);
  see_padding(&l);
  if (is_packed(how)) { /* whose bytes without channels are not written */
    clear(layer->output, out.n * out.h * out.w * tq_bits_row(out.c, how->levels));
  }
  for (int32_t first = 0; first < out.c; first += l.sizes.filters) {
    const int32_t all = first + l.sizes.filters, last = all < out.c ? all : out.c;
    lay(&l, first, last);
    for (int32_t x = 0; x < out.w; x += step) {
      for (int32_t line = 0; line < out.n * out.h; line++) {
        run(&l, line, x, out.w - x < step ? out.w - x : step, first, last, store);
      }
    }
  }
}
