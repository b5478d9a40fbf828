#include "tq_bits.h"
#include "tq_sliced_lines.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/* Where a byte of the pixels of a plane of a row of the input is, and its channels' lines. */
typedef struct {
  const uint8_t *row;      /* or NULL, if the row is outside */
  int32_t step, width;     /* bytes from a pixel to the next one */
  uint32_t flip, outside;  /* of what is there; what is not, which is */
  int32_t alternate;       /* 1 at every other pixel */
  int32_t channels, apart; /* words from a channel's line to the next one's */
} line_of_bytes;

/* A word of lanes, `neighbours` pixels apart, from x on, of all channels, of which `some` are needed. Returns what is
 * not 0 there of any. */
static uint32_t fill(const line_of_bytes *from, int32_t x, int32_t neighbours, int32_t some, uint32_t *to) {
  const int32_t rest = from->row ? tq_sliced_lines_lanes(from->width - x, neighbours) : 0, apart = from->apart;
  const int32_t lanes = smaller(rest, some);
  const uint32_t there = lanes >= TQ_WORD_BITS ? UINT32_MAX : (1u << lanes) - 1, flip = from->flip & there;
  uint32_t bits[8], outside = from->outside, any = 0;
  int32_t c = 0;

  tq_sliced_lines_fetch(lanes > 0 ? from->row + x * from->step : NULL, neighbours * from->step, lanes, from->channels,
                        bits);
  if (from->alternate) {
    outside = 0 - (uint32_t)((x - from->width) & 1);
    if (neighbours % 2 != 0) outside ^= 0xaaaaaaaau;
  }
  outside &= ~there;
  for (; c + 4 <= from->channels; c += 4, to += 4 * apart) {
    const uint32_t first = bits[c] ^ flip, second = bits[c + 1] ^ flip;
    const uint32_t third = bits[c + 2] ^ flip, fourth = bits[c + 3] ^ flip;
    any |= first | second | third | fourth;
    to[0] = first | outside;
    to[apart] = second | outside;
    to[2 * apart] = third | outside;
    to[3 * apart] = fourth | outside;
  }
  for (; c < from->channels; c++, to += apart) {
    const uint32_t word = bits[c] ^ flip;
    any |= word;
    *to = word | outside;
  }
  return any;
}

uint32_t tq_sliced_lines_fill(const tq_sliced_lines *l, int32_t byte, uint32_t *lines) {
  const tq_sliced *const layer = l->layer;
  const tq_sliced_lines_sizes *const sizes = &l->sizes;
  const tq_dims in = layer->dims->input;
  const int32_t out_h = layer->dims->output.h, image = l->piece.line / out_h * in.h, planes = l->planes;
  const int32_t plane = 4 * tq_bits_words(in.c), pixel = planes * plane, words = l->piece.words;
  const int32_t rest = in.c - TQ_SLICED_LINES_CHANNELS * byte, before = l->piece.x - layer->pad_left;
  const int32_t first = before < 0 ? 0 : before; /* pixels before the first one are not in lines */
  line_of_bytes from = {.step = pixel, .width = in.w, .apart = planes * sizes->line,
                        .channels = rest < TQ_SLICED_LINES_CHANNELS ? rest : TQ_SLICED_LINES_CHANNELS};
  const int32_t behind = layer->dims->filter.w - 1, row = sizes->words + sizes->behind;
  int32_t tap = l->piece.known, y = l->piece.line % out_h * layer->stride_h - layer->pad_top + tap * layer->dilation_h;
  uint32_t any = 0;

  for (lines += tap * row; tap < layer->dims->filter.h; tap++, y += layer->dilation_h, lines += row) {
    for (int32_t m = 0; m < planes; m++) {
      uint32_t *const line = lines + m * sizes->line;
      uint32_t seen = 0;
      const int32_t at = m * plane + byte;
      from.flip = layer->x_levels == 3 && m == 0 ? UINT32_MAX : 0;
      from.row = y >= 0 && y < in.h ? (const uint8_t *)layer->input + (image + y) * in.w * pixel + at : NULL;
      from.outside = 0 - (l->outside >> m & 1);
      from.alternate = l->holes && m == 1;
      for (int32_t k = 0; k < words; k++) seen |= fill(&from, first + k, words, TQ_WORD_BITS, line + k);
      for (int32_t i = 0; i < sizes->behind; i++) {
        const int32_t x = first + TQ_WORD_BITS * (words + i), left = behind - TQ_WORD_BITS * i;
        seen |= fill(&from, x, 1, smaller(left, TQ_WORD_BITS), line + sizes->words + i);
      }
      if (m == 0) any |= seen;
    }
    if (l->holes && !from.row) any = 1;
  }
  return any;
}
