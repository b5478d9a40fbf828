#include "tq_mve_few.h"

/* What of the scratch memory is what. */
static void share(tq_mve_few *few, void *scratch) {
  const int32_t channels = few->layer->dims->output.c;

  few->flips = (uint32_t *)scratch + 1; /* behind layer->outside */
  few->limits = (int16_t *)(few->flips + tq_bits_words(channels));
  few->line = (uint32_t *)(uintptr_t)(few->limits + (channels + TQ_MVE_FEW_LANES) / 2 * 2);
  few->places = few->line + few->line_words;
  few->marks = few->places + tq_mve_few_places(few);
  few->tables = (uint8_t *)(few->marks + few->rows * few->columns + 3);
}

/* Bits of a word's lower half, whose upper one is 0, or of the upper one. */
static void put_marks(const uint32_t *marks, int32_t count, int32_t step, int32_t upper, uint32_t *output) {
  int32_t i = 0;
#if TQ_MVE
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);

  for (; i + 4 <= count; i += 4, output += 4 * step) {
    const uint32x4_t four = vldrwq_u32(marks + i);
    if (upper) {
      vstrhq_scatter_shifted_offset_u32((uint16_t *)output + 1, vaddq_u32(places, places), four);
    } else {
      vstrwq_scatter_shifted_offset_u32(output, places, four);
    }
  }
#endif
  for (; i < count; i++, output += step) *output = upper ? *output | marks[i] << 16 : marks[i];
}

/* Marks of some positions, from `output` on. */
static void put_positions(const tq_mve_few *few, const uint32_t *const *places, int32_t count, int32_t first, uint32_t *output) {
  const int32_t channels = few->layer->dims->output.c, fours = count / 4, rest = count % 4;
  const uint32_t *last[TQ_MVE_FEW_LOOKUPS];

  if (channels > TQ_MVE_FEW_LANES) {
    tq_mve_few_walk(few, places, (count + 3) / 4, few->marks);
    put_marks(few->marks, count, tq_bits_words(channels), first / TQ_MVE_FEW_LANES % 2, output);
    return;
  }
  tq_mve_few_walk(few, places, fours, output);
  if (rest == 0) return;
  for (int32_t k = 0; k < few->plan.lookups; k++) last[k] = places[k] + 4 * fours;
  tq_mve_few_walk(few, last, 1, few->marks);
  put_marks(few->marks, rest, 1, 0, output + 4 * fours);
}

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/* Places of look-ups whose first row of taps is row `down` of the plan, for `count` output rows from `y` on. */
static void see(const tq_mve_few *few, const tq_mve_few_run *run, int32_t y, int32_t down, int32_t count, uint32_t *places) {
  const tq_sliced *const layer = few->layer;
  const int32_t taps = few->plan.rows, row = y * layer->stride_h + down * taps * layer->dilation_h - layer->pad_top;

  if (few->plan.parts > 1) {
    tq_mve_few_see_parts(few, run, row, count, places);
  } else {
    tq_mve_few_see(few, run, row, smaller(taps, layer->dims->filter.h - down * taps), count, places);
  }
}

/* The same of all look-ups. */
static void see_all(const tq_mve_few *few, const tq_mve_few_run *run, int32_t y, int32_t count) {
  const int32_t beside = few->plan.across * few->plan.parts, more = few->plan.down - 1, kept = more * run->count;

  if (!few->shared) {
    for (int32_t down = 0; down <= more; down++) see(few, run, y, down, count, few->places + down * beside * few->list);
  } else if (y == 0 || few->rows < more) {
    see(few, run, y, 0, count + more, few->places);
  } else {
    for (int32_t k = 0; k < beside; k++) { /* the last ones were seen before */
      uint32_t *const to = few->places + k * few->list;
      tq_mve_copy((int8_t *)to, (const int8_t *)(to + few->rows * run->count), 4 * kept);
    }
    see(few, run, y + more, 0, count, few->places + kept);
  }
}

/* Some columns of all rows of an image: filters from `first` on. */
static void conv_columns(const tq_mve_few *few, const tq_mve_few_run *run, int32_t first) {
  const tq_dims out = few->layer->dims->output;
  const int32_t beside = few->plan.across * few->plan.parts, step = tq_bits_words(out.c);
  const uint32_t *places[TQ_MVE_FEW_LOOKUPS];
  uint32_t *output = (uint32_t *)few->layer->output + (run->image * out.h * out.w + run->first) * step + first / TQ_WORD_BITS;

  for (int32_t k = 0; k < few->plan.lookups; k++) {
    places[k] = few->places + (few->shared ? k % beside * few->list + k / beside * run->count : k * few->list);
  }
  for (int32_t y = 0; y < out.h; y += few->rows, output += few->rows * out.w * step) {
    const int32_t count = smaller(few->rows, out.h - y);
    see_all(few, run, y, count);
    put_positions(few, places, count * run->count, first, output);
  }
}

/* What a run sees; its line begins with padding. */
static tq_mve_few_run begin_run(const tq_mve_few *few, int32_t image, int32_t first) {
  const tq_sliced *const layer = few->layer;
  const int32_t count = smaller(layer->dims->output.w - first, few->columns), x = first * layer->stride_w - layer->pad_left;
  const int32_t words = few->line_words - (few->columns - count) * layer->stride_w;
  const int32_t before = tq_clamp(-x, 0, words), end = tq_clamp(layer->dims->input.w - x, before, words);
  const tq_mve_few_run run = {image, first, count, x, before, end - before, end - before == words};

  if (!run.whole) tq_mve_fill_words(few->line, (uint32_t)layer->outside[0], words);
  return run;
}

void tq_mve_few_conv(tq_mve_few *few, void *scratch) {
  const tq_dims out = few->layer->dims->output;
  tq_mve_sliced limits = {.layer = (tq_sliced *)(uintptr_t)few->layer};

  share(few, scratch);
  limits.flips = few->flips;
  limits.limits = few->limits;
  tq_mve_sliced_limits(&limits);
  tq_mve_fill_words(few->places, TQ_MVE_FEW_PLACE(few), tq_mve_few_places(few));
  if (few->plan.parts == 1) tq_mve_few_set_taps(few);
  for (int32_t first = 0; first < out.c; first += TQ_MVE_FEW_LANES) {
    tq_mve_few_lay(few, first);
    for (int32_t image = 0; image < out.n; image++) {
      for (int32_t column = 0; column < out.w; column += few->columns) {
        const tq_mve_few_run run = begin_run(few, image, column);
        conv_columns(few, &run, first);
      }
    }
  }
}
