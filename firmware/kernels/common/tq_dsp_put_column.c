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
  /* One store of four words, which gcc 12 does not make. */
#define ONE_QUAD             \
  "ldr r4, [%1], #4\n"       \
  "ldr r5, [%2], #4\n"       \
  "sxtb16 r6, r4, ror #8\n"  \
  "sxtb16 r8, r5, ror #8\n"  \
  "sxtb16 r4, r4\n"          \
  "sxtb16 r5, r5\n"          \
  "stm %0!, {r4, r5, r6, r8}\n"
  if (quads % 2 != 0) {
    __asm__ volatile(ONE_QUAD : "+r"(words), "+r"(a), "+r"(b) : : "r4", "r5", "r6", "r8", "memory");
  }
  for (; quads > 1; quads -= 2) {
    __asm__ volatile(ONE_QUAD ONE_QUAD : "+r"(words), "+r"(a), "+r"(b) : : "r4", "r5", "r6", "r8", "memory");
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

/* Pixels of any number of channels, in order, from tap `tap` on; a lane behind the last tap, whose weight is 0. */
static int32_t put_taps(const int8_t *a, const int8_t *b, int32_t channels, int32_t tap, int16_t *lanes) {
  int16_t *lane = lanes;

  for (const int32_t end = tap + channels; tap < end; tap++) {
    lane = lanes + (tap >> 1) * 4 + (tap & 1);
    lane[0] = *a++;
    lane[2] = *b++;
  }
  if (tap % 2 != 0) lane[1] = lane[3] = 0;
  return tap;
}

void tq_dsp_put_column(const tq_dsp_pass *pass, const tq_dsp_corner at[2], int32_t column, uint32_t *words) {
  const tq_dsp_taps *taps = pass->taps;
  const int8_t *const outside = (const int8_t *)(pass->x + 8 * taps->pairs);
  const int32_t c = taps->channels, right = column * pass->params->dilation_w;
  int32_t tap = 0;

  if (TQ_TAKES(TQ_USED_SINGLE_CHANNEL, TQ_USED_CHANNELS, c == 1)) {
    tq_dsp_put_single(pass, at, right, words);
    return;
  }
  for (int32_t row = 0; row < taps->height; row++) {
    const int8_t *const a = pixel_at(pass, at, row, at[0].x + right, outside);
    const int8_t *const b = pixel_at(pass, at + 1, row, at[1].x + right, outside);
    if (c % 4 == 0) {
      words = put_quads(a, b, c / 4, words);
    } else {
      tap = put_taps(a, b, c, tap, (int16_t *)words);
    }
  }
}
