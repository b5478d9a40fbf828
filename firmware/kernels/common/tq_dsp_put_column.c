#include "tq_dsp_conv_2d.h"

/* The pixel `row` rows below a window's column; `outside` for one that the image has not. */
static inline const int8_t *pixel_at(const tq_dsp_pass *pass, const tq_dsp_corner *at, int32_t row, int32_t x,
                                     const int8_t *outside) {
  const tq_dims *in = &pass->dims->input;
  const int32_t y = at->y + row * pass->params->dilation_h;

  if (y < 0 || y >= in->h || x < 0 || x >= in->w) return outside;
  return at->image + (y * in->w + x) * in->c;
}

/* Channels of a pixel of either position, four at a time. */
static uint32_t *put_quads(const int8_t *a, const int8_t *b, int32_t quads, uint32_t *words) {
#if TQ_DSP_CORE
  for (; quads > 0; quads--) {
    const uint32_t bytes_a = tq_load_word(a), bytes_b = tq_load_word(b);
    a += 4;
    b += 4;
    __asm__("sxtb16 r4, %2\n" /* one store of four words, which gcc 12 does not make */
            "sxtb16 r5, %3\n"
            "sxtb16 r6, %2, ror #8\n"
            "sxtb16 r8, %3, ror #8\n"
            "stm %0!, {r4, r5, r6, r8}\n"
            : "+r"(words), "=m"(*(uint32_t(*)[4])words)
            : "r"(bytes_a), "r"(bytes_b)
            : "r4", "r5", "r6", "r8");
  }
#else
  for (; quads > 0; quads--, a += 4, b += 4, words += 4) {
    const uint32_t bytes_a = tq_load_word(a), bytes_b = tq_load_word(b);
    words[0] = tq_even_bytes(bytes_a);
    words[1] = tq_even_bytes(bytes_b);
    words[2] = tq_odd_bytes(bytes_a);
    words[3] = tq_odd_bytes(bytes_b);
  }
#endif
  return words;
}

/* Pixels of any number of channels: tap i of a quad is lane i / 2 of its pair i % 2. */
static int32_t put_taps(const int8_t *a, const int8_t *b, int32_t channels, int32_t tap, int16_t *lanes) {
  for (const int32_t end = tap + channels; tap < end; tap++) {
    int16_t *const lane = lanes + (tap >> 2) * 8 + (tap & 1) * 4 + (tap >> 1 & 1);
    lane[0] = *a++;
    lane[2] = *b++;
  }
  return tap;
}

/* Whole quads of a column of one channel, all of it in the image. Returns the number of taps. */
static int32_t put_single(const int8_t *a, const int8_t *b, int32_t down, int32_t height, uint32_t *words) {
  int32_t tap = 0;

  for (; tap + 4 <= height; tap += 4, words += 4) {
    const int32_t a0 = a[0], a1 = a[down], b0 = b[0], b1 = b[down];
    a += 2 * down;
    b += 2 * down;
    words[0] = tq_lanes(a0, a[0]);
    words[1] = tq_lanes(b0, b[0]);
    words[2] = tq_lanes(a1, a[down]);
    words[3] = tq_lanes(b1, b[down]);
    if (tap + 4 < height) { /* not beyond the image */
      a += 2 * down;
      b += 2 * down;
    }
  }
  return tap;
}

void tq_dsp_put_column(const tq_dsp_pass *pass, const tq_dsp_corner at[2], int32_t column, uint32_t *words) {
  const tq_dsp_taps *taps = pass->taps;
  const int8_t *const outside = (const int8_t *)(pass->x + 16 * taps->quads);
  const int32_t c = taps->channels, right = column * pass->params->dilation_w;
  int32_t tap = 0;

  if (c == 1) {
    const tq_dims *in = &pass->dims->input;
    const int32_t last = taps->height - 1, down = pass->params->dilation_h * in->w * in->c;
    const int8_t *const a = pixel_at(pass, at, 0, at[0].x + right, outside);
    const int8_t *const b = pixel_at(pass, at + 1, 0, at[1].x + right, outside);
    if (a != outside && b != outside && pixel_at(pass, at, last, at[0].x + right, outside) != outside &&
        pixel_at(pass, at + 1, last, at[1].x + right, outside) != outside) {
      tap = put_single(a, b, down, taps->height, words);
    }
  }
  for (int32_t row = c == 1 ? tap : 0; row < taps->height; row++) {
    const int8_t *const a = pixel_at(pass, at, row, at[0].x + right, outside);
    const int8_t *const b = pixel_at(pass, at + 1, row, at[1].x + right, outside);
    if (c % 4 == 0) {
      words = put_quads(a, b, c / 4, words);
    } else {
      tap = put_taps(a, b, c, tap, (int16_t *)words);
    }
  }
  for (; tap % 4 != 0; tap++) { /* weights are 0 here */
    const int8_t zero = 0;
    put_taps(&zero, &zero, 1, tap, (int16_t *)words);
  }
}
