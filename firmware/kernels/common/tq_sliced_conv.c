#include "tq_bits.h"
#include "tq_sliced_plan.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

static tq_sliced_plan plan_of(const tq_sliced *layer) {
  const tq_dims filter = layer->dims->filter;
  const int32_t groups = layer->dims->input.c / filter.c, pairs = TQ_SLICED_PAIRS(layer->x_levels, layer->w_levels);
  const int32_t holes = TQ_SLICED_HOLES(layer->x_levels, layer->w_levels);
  const int32_t peak = pairs ? 2 : holes ? 1 : tq_sliced_peak(layer->x_levels);
  const int32_t sums = TQ_SLICED_SUMS * smaller(filter.n / groups, TQ_SLICED_CHANNELS);
  tq_sliced_plan p = {.taps = filter.h * filter.w, .words = tq_bits_words(filter.c), .pairs = pairs};

  p.holes = holes && !layer->only_signs;
  p.in_bytes = !pairs && !holes && layer->x_levels > 2;
  p.x_words = tq_bits_words(layer->dims->input.c);
  p.w_row = tq_bits_row(filter.c, layer->w_levels);
  p.two = filter.c <= TQ_WORD_BITS / 2;
  p.units = p.two ? (p.taps + 1) / 2 : p.taps * p.words;
  p.tight = TQ_WORD_BITS * peak > UINT8_MAX;
  p.most = (TQ_SLICED_WORK_WORDS - 1 - sums) / tq_sliced_unit_words(&p);             /* that there is memory for, and */
  p.most = p.tight ? p.most : smaller(p.most, UINT8_MAX / (TQ_WORD_BITS * peak)); /* that a byte has room for */
  return p;
}

/* All planes of the weights of channels [first, end). */
static void walk(const tq_sliced *layer, const tq_sliced_plan *p, uint32_t *units, int32_t first, int32_t end, int32_t fresh,
                 uint32_t *sums) {
  const tq_sliced_tile tile = {units, p->two, p->tight};
  const int32_t ternary = layer->w_levels == 3, apart = p->taps * p->w_row;
  const int32_t planes = p->pairs ? 1 : tq_bits_planes(layer->w_levels);

  for (int32_t k = 0; k < planes; k++) {
    const int32_t plane = ternary ? 1 : k;
    const tq_sliced_filters filters = {.filter = layer->weights + first * apart + plane * p->words,
                                       .filters = end - first,
                                       .apart = apart,
                                       .zeros = p->pairs || (ternary && k) ? p->words : 0,
                                       .shift = ternary ? 0 : k + p->holes,
                                       .fresh = fresh && k == 0};
    if (TQ_USED_PAIRS && p->pairs) {
      tq_sliced_walk_pairs(&tile, &filters, sums);
    } else if (TQ_USED_BYTES && p->in_bytes) {
      tq_sliced_walk_bytes(&tile, &filters, sums);
    } else if (TQ_USED_SIGNS) {
      tq_sliced_walk(&tile, &filters, sums);
    }
  }
}

/* The same for each channel, and for each plane of its weights; in variables, which stay in registers. */
static void add_zeros(const uint32_t *zeros, uint32_t planes, int32_t channels, uint32_t *sums) {
  const uint32_t a = zeros[0] * planes, b = zeros[1] * planes, c = zeros[2] * planes, d = zeros[3] * planes;
  const uint32_t e = zeros[4] * planes, f = zeros[5] * planes, g = zeros[6] * planes, h = zeros[7] * planes;

  if ((a | b | c | d | e | f | g | h) == 0) return;
  for (; channels > 0; channels--, sums += TQ_SLICED_SUMS) {
    sums[0] += a;
    sums[1] += b;
    sums[2] += c;
    sums[3] += d;
    sums[4] += e;
    sums[5] += f;
    sums[6] += g;
    sums[7] += h;
  }
}

static void add_channels(tq_sliced *layer, tq_sliced_plan *p, int32_t first, int32_t end, uint32_t *sums, uint32_t *units) {
  if (TQ_USED_HOLES && p->holes) memset(p->zeros, 0, sizeof p->zeros);
  for (int32_t unit = 0; unit < p->units; unit += p->most) {
    tq_sliced_fill(layer, p, unit, smaller(unit + p->most, p->units), units);
    walk(layer, p, units, first, end, unit == 0, sums);
  }
  if (TQ_USED_HOLES && p->holes) add_zeros(p->zeros, (uint32_t)tq_sliced_peak(layer->w_levels), end - first, sums);
}

/* Positions from `first` on, one behind another. */
static void run_block(tq_sliced *layer, tq_sliced_plan *p, int32_t first, uint32_t *sums, uint32_t *units) {
  const tq_dims filter = layer->dims->filter;
  const int32_t group_size = filter.n / (layer->dims->input.c / filter.c);

  tq_sliced_begin(layer, first);
  for (int32_t o = 0, end; o < filter.n; o = end) {
    const int32_t group_end = (o / group_size + 1) * group_size;
    end = smaller(o + TQ_SLICED_CHANNELS, group_end);
    p->group_word = o / group_size * filter.c / TQ_WORD_BITS;
    p->seen = -1;
    add_channels(layer, p, o, end, sums, units);
    layer->store(layer, o, end, sums);
  }
}

/* How many rows of taps a block and the one below see together, if lines are whole blocks, whose tables have room at
 * once, and are the same for all channels. */
static int32_t shared_rows(const tq_sliced *layer, const tq_sliced_plan *p) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t down = layer->stride_h / layer->dilation_h;

  if (p->holes || out.w % TQ_SLICED_LANES != 0 || p->units > p->most || filter.n > TQ_SLICED_CHANNELS ||
      filter.c != layer->dims->input.c || layer->stride_h % layer->dilation_h != 0 || down >= filter.h) {
    return 0;
  }
  return filter.h - down;
}

/* Blocks from top to bottom, so that tables serve all lines that see their row. */
static void run_columns(tq_sliced *layer, tq_sliced_plan *p, int32_t shared, uint32_t *sums, uint32_t *units) {
  const tq_dims out = layer->dims->output;
  const int32_t height = layer->dims->filter.h;

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t x = 0; x < out.w; x += TQ_SLICED_LANES) {
      for (int32_t y = 0; y < out.h; y++) {
        p->known = y > 0 ? shared : 0;
        p->top = y > 0 ? (p->top + height - shared) % height : 0;
        run_block(layer, p, (n * out.h + y) * out.w + x, sums, units);
      }
    }
  }
}

void tq_sliced_conv(tq_sliced *layer, void *scratch) {
  const tq_dims out = layer->dims->output, filter = layer->dims->filter;
  const int32_t group_size = filter.n / (layer->dims->input.c / filter.c), positions = out.n * out.h * out.w;
  uint32_t *const sums = (uint32_t *)scratch + TQ_SLICED_PLANES * tq_bits_words(layer->dims->input.c);
  uint32_t *const units = sums + TQ_SLICED_SUMS * smaller(group_size, TQ_SLICED_CHANNELS);
  int32_t shared;
  tq_sliced_plan p;

  if (TQ_USED_HOLES) tq_sliced_find_signs(layer);
  p = plan_of(layer);
  shared = shared_rows(layer, &p);
  if (shared > 0) {
    run_columns(layer, &p, shared, sums, units);
    return;
  }
  for (int32_t block = 0; block < positions; block += TQ_SLICED_LANES) {
    /* The last block computes some positions once more: outputs of a whole one are faster. */
    const int32_t rest = positions - block, again = rest < TQ_SLICED_LANES ? TQ_SLICED_LANES - rest : 0;
    run_block(layer, &p, again < block ? block - again : block, sums, units);
  }
}
