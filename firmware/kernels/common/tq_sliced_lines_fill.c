#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* Where a byte of the pixels of a plane of a row of the input is, and its channels' lines. */
typedef struct {
  const uint8_t *row;      /* or NULL, if the row is outside */
  int32_t step, width;     /* bytes from a pixel to the next one */
  uint32_t flip, outside;  /* of what is there; what is not, which is */
  int32_t alternate;       /* 1 at every other pixel */
  int32_t channels, apart; /* words from a channel's line to the next one's */
} line_of_bytes;

/* Pixels of lanes, of which the first `lanes` are there -> words of eight channels. */
static void fetch(const uint8_t *a, int32_t step, int32_t lanes, uint32_t to[8]) {
  if (lanes >= 24) {
    const uint8_t *const b = a + 8 * step, *const c = b + 8 * step, *const d = c + 8 * step;
    for (int32_t k = 0, at = 0; k < 8; k++, at += step) {
      const uint32_t three = (uint32_t)a[at] | (uint32_t)b[at] << 8 | (uint32_t)c[at] << 16;
      to[k] = k + 24 < lanes ? three | (uint32_t)d[at] << 24 : three;
    }
  } else {
    for (int32_t k = 0; k < 8; k++) to[k] = 0;
    for (int32_t j = 0; j < lanes; j++, a += step) to[j % 8] |= (uint32_t)*a << j / 8 * 8;
  }
  tq_sliced_lines_turn(to);
}

/* A word of lanes, `neighbours` pixels apart, from x on, of all channels; any: NULL, or where it is remembered what is
 * not 0 there. */
static void fill(const line_of_bytes *from, int32_t x, int32_t neighbours, uint32_t *to, uint32_t *any) {
  const int32_t lanes = from->row ? tq_sliced_lines_lanes(from->width - x, neighbours) : 0, apart = from->apart;
  const uint32_t there = lanes >= TQ_WORD_BITS ? UINT32_MAX : (1u << lanes) - 1, flip = from->flip & there;
  uint32_t bits[8] = {0, 0, 0, 0, 0, 0, 0, 0}, outside = from->outside;

  if (lanes > 0) fetch(from->row + x * from->step, neighbours * from->step, lanes, bits);
  if (from->alternate) {
    outside = 0 - (uint32_t)((x - from->width) & 1);
    if (neighbours % 2 != 0) outside ^= 0xaaaaaaaau;
  }
  outside &= ~there;
  for (int32_t c = 0; c < from->channels; c++, to += apart) {
    const uint32_t word = bits[c] ^ flip;
    *to = word | outside;
    if (!any) continue;
    *any |= word;
    any += apart;
  }
}

void tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte) {
  const tq_sliced *const layer = l->layer;
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const tq_dims in = layer->dims->input;
  const int32_t out_h = layer->dims->output.h, planes = l->planes, image = l->piece.line / out_h * in.h;
  const int32_t plane = 4 * tq_bits_words(in.c), pixel = planes * plane, words = l->piece.words;
  const int32_t rest = in.c - TQ_SLICED_LINES_CHANNELS * byte, before = l->piece.x - layer->pad_left;
  const int32_t first = before < 0 ? 0 : before; /* pixels before the first one are not in lines */
  line_of_bytes from = {.step = pixel, .width = in.w, .apart = planes * sizes->line,
                        .channels = rest < TQ_SLICED_LINES_CHANNELS ? rest : TQ_SLICED_LINES_CHANNELS};
  int32_t y = l->piece.line % out_h * layer->stride_h - layer->pad_top;
  uint32_t *to = l->lines, *const any = to + sizes->line - 1;

  for (int32_t c = 0; c < from.channels; c++) any[c * from.apart] = 0;
  for (int32_t tap = 0; tap < layer->dims->filter.h; tap++, y += layer->dilation_h, to += sizes->words) {
    for (int32_t m = 0; m < planes; m++) {
      const int32_t at = m * plane + byte, ternary = layer->x_levels == 3 && m == 0;
      uint32_t *const line = to + m * sizes->line, *const seen = ternary ? any : NULL;
      from.flip = ternary ? UINT32_MAX : 0;
      from.row = y >= 0 && y < in.h ? (const uint8_t *)layer->input + (image + y) * in.w * pixel + at : NULL;
      from.outside = 0 - (l->outside >> m & 1);
      from.alternate = l->holes && m == 1;
      for (int32_t k = 0; k < words; k++) fill(&from, first + k, words, line + k, seen);
      for (int32_t i = 0; i < sizes->behind; i++) {
        fill(&from, first + TQ_WORD_BITS * (words + i), 1, line + sizes->words + i, seen);
      }
    }
    for (int32_t c = 0; l->holes && !from.row && c < from.channels; c++) any[c * from.apart] = 1;
  }
}
