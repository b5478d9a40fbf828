#include "tq_dsp_tile.h"

/* Input [begin, begin + count) of a row, the zero point outside of it; of no row (NULL), the zero point. */
static void copy_row(const tq_dsp_pass *pass, const int8_t *row, int32_t begin, int32_t count, int8_t *bytes) {
  const int32_t size = row ? pass->dims->input.w : 0;
  const int32_t ahead = begin < 0 ? (-begin < count ? -begin : count) : 0;
  const int32_t left = size - (begin + ahead);
  const int32_t inside = left < 0 ? 0 : left < count - ahead ? left : count - ahead;
  const int8_t zero = (int8_t)pass->params->input_zero_point;

  int32_t i = 0;
  /* Not by memcpy and memset, which in a small C library go byte by byte. */
  for (; i < ahead; i++) bytes[i] = zero;
  for (; i + 4 <= ahead + inside; i += 4) tq_store_word(bytes + i, tq_load_word(row + begin + i));
  for (; i < ahead + inside; i++) bytes[i] = row[begin + i];
  for (; i < count; i++) bytes[i] = zero;
}

/* Two rows of bytes -> words of neighbours, those of both rows in turn: from even places, and from odd ones. */
static void put_in_words(const int8_t *bytes0, const int8_t *bytes1, int32_t count, uint32_t *even,
                         uint32_t *odd) {
  for (int32_t i = 0; i < count; i += 4, bytes0 += 4, bytes1 += 4, even += 4, odd += 4) {
    const uint32_t a = tq_load_word(bytes0), b = tq_load_word(bytes1);
    const uint32_t a02 = tq_even_bytes(a), a13 = tq_odd_bytes(a), b02 = tq_even_bytes(b), b13 = tq_odd_bytes(b);
    const int32_t a2 = tq_lane(a02, 1), b2 = tq_lane(b02, 1);
    even[0] = tq_lanes((int32_t)a02, (int32_t)a13);
    even[1] = tq_lanes((int32_t)b02, (int32_t)b13);
    even[2] = (a02 >> 16) | (a13 & 0xffff0000u);
    even[3] = (b02 >> 16) | (b13 & 0xffff0000u);
    odd[0] = tq_lanes((int32_t)a13, a2);
    odd[1] = tq_lanes((int32_t)b13, b2);
    odd[2] = tq_lanes((int32_t)(a13 >> 16), bytes0[4]);
    odd[3] = tq_lanes((int32_t)(b13 >> 16), bytes1[4]);
  }
}

/* `count` outputs each of two stretches of rows that begin with outputs x0 and x1. */
static void stretch(const tq_dsp_pass *pass, const int8_t *const rows[2], const int32_t x[2], int32_t count,
                    int8_t *const outputs[2]) {
  const int32_t stride = pass->params->stride_w, pairs = pass->taps->pairs, c = pass->dims->output.c;
  const int32_t most = TQ_DSP_ROW + 2 * pairs, size = (count - 1) * stride + 2 * pairs;
  uint32_t *const even = (uint32_t *)(uintptr_t)pass->x, *const odd = even + most;
  int8_t *const bytes = (int8_t *)(odd + most);

  for (int32_t i = 0; i < 2; i++) {
    copy_row(pass, rows[i], x[i] * stride - pass->params->pad_left, size + 2, bytes + i * (most + 4));
  }
  put_in_words(bytes, bytes + most + 4, size, even, odd);
  for (int32_t i = 0; i < count; i++) {
    const int32_t at = i * stride;
    const uint32_t *words = (at & 1 ? odd : even) + (at & ~1);
    tq_dsp_tiles(pass, words, pairs, words, outputs[0] + i * c, outputs[1] + i * c);
  }
}

void tq_dsp_pass_rows(const tq_dsp_pass *pass) {
  const tq_conv_params *params = pass->params;
  const tq_dims *in = &pass->dims->input, *out = &pass->dims->output;
  const int32_t most = 1 + (TQ_DSP_ROW - 1) / params->stride_w, row = out->w * out->c;
  /* Without a second row, both stretches are of one row, and may overlap. */
  for (int32_t y = 0; y < out->n * out->h;) {
    const int two = y % out->h + 1 < out->h;
    const int32_t length = two ? out->w : (out->w + 1) / 2, y0 = y % out->h * params->stride_h - params->pad_top;
    const int8_t *rows[2];
    int8_t *const first = pass->output + y * row;
    for (int32_t i = 0; i < 2; i++) {
      const int32_t in_y = y0 + (two ? i * params->stride_h : 0);
      rows[i] = in_y < 0 || in_y >= in->h ? NULL : pass->input + (y / out->h * in->h + in_y) * in->w;
    }
    for (int32_t done = 0; done < length; done += most) {
      const int32_t count = length - done < most ? length - done : most;
      const int32_t x[2] = {done, two ? done : out->w - length + done};
      int8_t *const outputs[2] = {first + x[0] * out->c, first + (two ? row : 0) + x[1] * out->c};
      stretch(pass, rows, x, count, outputs);
    }
    y += two ? 2 : 1;
  }
}
