#include <string.h>

#include "tq_bits.h"
#include "tq_neon_bits.h"

/* start of a position, which may have taps outside. */
static const uint16_t *start_at(const tq_signs_layer *layer, int32_t oy, int32_t ox, int32_t apart,
                                uint16_t *start) {
  const tq_bits_walk *const walk = &layer->walk;
  const tq_dims in = walk->dims->input, filter = walk->dims->filter;
  const int32_t y0 = oy * walk->stride_h - walk->pad_top, x0 = ox * walk->stride_w - walk->pad_left;
  const uint16_t *beside = layer->beside;

  if (y0 >= 0 && x0 >= 0 && y0 + (filter.h - 1) * walk->dilation_h < in.h &&
      x0 + (filter.w - 1) * walk->dilation_w < in.w) {
    return layer->start;
  }
  memcpy(start, layer->start, (size_t)apart * sizeof *start);
  for (int32_t fy = 0; fy < filter.h; fy++) {
    const int32_t y = y0 + fy * walk->dilation_h, outside = y < 0 || y >= in.h;
    for (int32_t fx = 0; fx < filter.w; fx++, beside += apart) {
      const int32_t x = x0 + fx * walk->dilation_w;
      if (!outside && x >= 0 && x < in.w) continue;
      for (int32_t o = 0; o < apart; o++) start[o] = (uint16_t)(start[o] + beside[o]);
    }
  }
  return start;
}

#if TQ_NEON

/* Up to two words of each position, from bytes [8 blocks][8 positions]. */
static inline void store_words(const uint8_t *bits, const uint8_t *flip, int32_t count, int32_t apart,
                               int32_t positions, int32_t *output) {
  static const uint8_t first[16] = {0, 8, 16, 24, 32, 40, 48, 56, 1, 9, 17, 25, 33, 41, 49, 57};
  const uint8x16x4_t read = vld1q_u8_x4(bits);
  const uint8x8_t half = flip ? vld1_u8(flip) : vdup_n_u8(0);
  const uint8x16_t turned = vcombine_u8(half, half);
  uint8x16_t at = vld1q_u8(first);

  for (int32_t p = 0; p < positions; p += 2, output += 2 * apart, at = vaddq_u8(at, vdupq_n_u8(2))) {
    const int32x4_t two = vreinterpretq_s32_u8(veorq_u8(vqtbl4q_u8(read, at), turned));
    int32_t *const second = p + 1 < positions ? output + apart : output; /* the first one is stored over it */
    if (count == 2) {
      vst1_s32(second, vget_high_s32(two));
      vst1_s32(output, vget_low_s32(two));
    } else {
      vst1q_lane_s32(second, two, 2);
      vst1q_lane_s32(output, two, 0);
    }
  }
}

#else

static inline void store_words(const uint8_t *bits, const uint8_t *flip, int32_t count, int32_t apart,
                               int32_t positions, int32_t *output) {
  for (int32_t p = 0; p < positions; p++, output += apart) {
    for (int32_t i = 0; i < count; i++) {
      uint32_t word = 0;
      for (int32_t k = 4 * i; k < 4 * i + 4; k++) {
        word |= (uint32_t)(bits[8 * k + p] ^ (flip ? flip[k] : 0)) << 8 * (k % 4);
      }
      output[i] = (int32_t)word;
    }
  }
}

#endif

/* The rows that the next positions see, 4 or 8. */
static inline tq_bits_position gather(const tq_signs_layer *l, tq_bits_position at, tq_signs_size size, int32_t rows) {
  if (rows == 8 && tq_bits_has_run(&l->walk, at)) {
    return tq_neon_bits_gather_run(&l->walk, at, size, l->rows);
  }
  for (int32_t row = 0; row < rows; row += 4) {
    at = tq_neon_bits_gather(&l->walk, at, 0, size, 4 * rows, l->rows + 4 * row);
  }
  return at;
}

/* The output rows [oy, oy + rows) of an image: positions by eights, and by four if those are the last ones. */
static void run_band(const tq_signs_layer *layer, int32_t oy, int32_t rows, int32_t *output) {
  const tq_conv_dims *const dims = layer->walk.dims;
  const int32_t apart = (dims->filter.n + 7) / 8 * 8, words = tq_bits_words(dims->filter.n);
  const int32_t out_w = dims->output.w, all = rows * out_w;
  const tq_signs_size size =
      tq_signs_size_of(dims->filter.h * dims->filter.w * layer->walk.words, dims->filter.n);
  const uint8_t *const bits = (const uint8_t *)layer->bits;
  const uint16_t *start[TQ_SIGNS_ROWS];
  tq_bits_position at = {0, 0, 0, rows};

  for (int32_t p = 0; p < TQ_SIGNS_ROWS; p++) start[p] = layer->start;
  for (int32_t first = 0; first < all; first += TQ_SIGNS_ROWS, output += TQ_SIGNS_ROWS * words) {
    const int32_t left = all - first, count = left < TQ_SIGNS_ROWS ? left : TQ_SIGNS_ROWS, panel = count > 4 ? 8 : 4;
    at = gather(layer, at, size, panel);
    for (int32_t p = 0; layer->beside && p < count; p++) {
      start[p] = start_at(layer, oy + (first + p) / out_w, (first + p) % out_w, apart, layer->starts + p * apart);
    }
    (panel == 8 ? tq_neon_signs_wide : tq_neon_signs_bits)(layer->rows, layer->filters, size, start,
                                                           (uint8_t *)layer->bits);
    for (int32_t i = 0; i < words; i += 2) {
      const uint8_t *const flip = layer->flip ? layer->flip + 4 * i : NULL;
      store_words(bits + 32 * i, flip, words - i < 2 ? 1 : 2, words, count, output + i);
    }
  }
}

void tq_neon_signs_run(const tq_signs_layer *layer) {
  const tq_dims out = layer->walk.dims->output;
  const int32_t row_words = out.w * tq_bits_words(layer->walk.dims->filter.n);

  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy += layer->walk.band) {
      const int32_t rest = out.h - oy, rows = rest < layer->walk.band ? rest : layer->walk.band;
      tq_neon_bits_copy(&layer->walk, n, oy, rows);
      run_band(layer, oy, rows, layer->output + (n * out.h + oy) * row_words);
    }
  }
}
