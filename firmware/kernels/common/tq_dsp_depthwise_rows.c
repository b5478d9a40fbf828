#include "tq_dsp_depthwise.h"
#include "tq_dsp_tile.h"

/* What the stretches of one filter have in common. */
typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const tq_dsp_depthwise_rows_plan *plan;
  tq_dsp_clamp clamp;
  tq_dsp_block *block;
  uint32_t *x;
} filter_of;

/* A filter of output channel o, later by 0, 1, .. positions, as the filters of a block. */
static void set_block(const filter_of *f, const int8_t *codes, const int32_t *bias, int8_t *spread) {
  const tq_dsp_taps *taps = &f->plan->taps;
  const int32_t size = f->dims->filter.w, last = f->plan->shifts - 1, o = f->block->channel;
  uint32_t *const words = tq_dsp_words(f->block, taps);
  int32_t sums[2] = {0, 0};

  for (int32_t i = 0; i < f->plan->spread_bytes; i++) {
    spread[i] = i >= last && i < last + size ? codes[(i - last) * f->dims->filter.c + o] : 0;
  }
  for (int32_t q = 0; q < 4; q++) {
    if (tq_dsp_coded(taps)) {
      const int8_t *const even = spread + last - 2 * q;
      sums[0] = 0;
      tq_dsp_put_codes(even, even - 1, taps->quads, 1, words + q, sums);
    } else {
      sums[0] = tq_dsp_put_int8(spread + last - q, taps->quads, 1, words + q);
    }
  }
  f->block->count = f->plan->shifts;
  f->block->quick = tq_dsp_set_scales(f->params, bias, o, 1, size, sums, f->block->scale);
  for (int32_t shift = 1; shift <= last; shift++) f->block->scale[shift] = f->block->scale[0];
  if (tq_dsp_coded(taps)) {
    tq_dsp_set_ends(taps, words, tq_dsp_ends(f->block));
  } else {
    *tq_dsp_ends(f->block) = taps->quads;
  }
}

/* Inputs [begin, begin + count) of a row's channel (NULL: of no row) -> words of neighbours, every other one. */
static void put_row(const filter_of *f, const int8_t *row, int32_t begin, int32_t count, uint32_t *words) {
  const int32_t zero = f->params->input_zero_point, size = row ? f->dims->input.w : 0, c = f->dims->input.c;

  for (int32_t i = begin; i < begin + count; i += 2, words += 2) {
    const int32_t low = i >= 0 && i < size ? row[i * c] : zero;
    const int32_t high = i + 1 >= 0 && i + 1 < size ? row[(i + 1) * c] : zero;
    *words = tq_lanes(low, high);
  }
}

/* `count` outputs each of two stretches of rows that begin with outputs x[0] and x[1]. */
static void stretch(const filter_of *f, const int8_t *const rows[2], const int32_t x[2], int32_t count,
                    int8_t *const outputs[2]) {
  const int32_t shifts = f->plan->shifts, quads = f->plan->taps.quads, c = f->dims->output.c;

  for (int32_t i = 0; i < 2; i++) {
    const int32_t whole = (count + shifts - 1) / shifts * shifts - shifts + 4 * quads;
    put_row(f, rows[i], x[i] - f->params->pad_left, whole, f->x + i);
  }
  for (int32_t done = 0; done < count; done += shifts) {
    const uint32_t *const words = f->x + done;
    const int32_t more = count - done < shifts ? count - done : shifts;
    int8_t bytes[2][8], *to0 = outputs[0] + done * c, *to1 = outputs[1] + done * c;
    tq_dsp_tile(&f->clamp, &f->plan->taps, f->block, words, quads, words, bytes[0], bytes[1]);
    for (int32_t i = 0; i < more; i++, to0 += c, to1 += c) {
      *to0 = bytes[0][i];
      *to1 = bytes[1][i];
    }
  }
}

/* All rows. Without a second one, both stretches are of one row, and may overlap. */
static void rows_of(const filter_of *f, const int8_t *input, int8_t *output) {
  const tq_dims *in = &f->dims->input, *out = &f->dims->output;
  const int32_t row = out->w * out->c;

  for (int32_t y = 0; y < out->n * out->h;) {
    const int two = y % out->h + 1 < out->h;
    const int32_t length = two ? out->w : (out->w + 1) / 2;
    const int8_t *rows[2];
    for (int32_t i = 0; i < 2; i++) {
      const int32_t in_y = (y % out->h + (two ? i : 0)) * f->params->stride_h - f->params->pad_top;
      rows[i] = in_y < 0 || in_y >= in->h ? NULL : input + (y / out->h * in->h + in_y) * in->w * in->c;
    }
    for (int32_t done = 0; done < length; done += TQ_DSP_ROW) {
      const int32_t x[2] = {done, two ? done : out->w - length + done};
      int8_t *const first = output + y * row;
      int8_t *const outputs[2] = {first + x[0] * out->c, first + (two ? row : 0) + x[1] * out->c};
      stretch(f, rows, x, length - done < TQ_DSP_ROW ? length - done : TQ_DSP_ROW, outputs);
    }
    y += two ? 2 : 1;
  }
}

void tq_dsp_depthwise_rows(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                           const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dsp_depthwise_rows_plan plan = tq_dsp_depthwise_rows_plan_of(dims, weights->unpack != NULL);
  const int32_t multiplier = dims->output.c / dims->input.c;
  uint8_t *const behind_x = (uint8_t *)scratch + plan.x_bytes;
  int8_t *const spread = (int8_t *)(behind_x + plan.taps.block_bytes);
  const int8_t *const codes = tq_dsp_fetch(weights, params->tables, params->levels, 0,
                                           dims->filter.w * dims->filter.c, spread + plan.spread_bytes);
  filter_of f = {params, dims, &plan, {0}, (tq_dsp_block *)(void *)behind_x, scratch};

  f.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  for (int32_t o = 0; o < dims->output.c; o++) {
    f.block->channel = o;
    set_block(&f, codes, bias, spread);
    rows_of(&f, input + o / multiplier, output + o);
  }
}
