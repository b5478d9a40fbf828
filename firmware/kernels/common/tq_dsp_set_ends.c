#include "tq_dsp_conv_2d.h"

/* How many of `quads` quads of a block's words are exact in one sum. A lane counts to 31 at most: a code that is not
 * zero has its lowest bit set, and two lanes are a filter. */
static int32_t exact(const uint32_t *words, int32_t quads) {
  const uint32_t lowest = 0x00010001u, room = 0x7fe07fe0u, full = 0x80008000u;
  uint32_t n0 = 0, n1 = 0, n2 = 0, n3 = 0;
  int32_t i = 0;

  for (; i < quads; i++, words += 8) {
    n0 += (words[0] & lowest) + (words[4] & lowest);
    n1 += (words[1] & lowest) + (words[5] & lowest);
    n2 += (words[2] & lowest) + (words[6] & lowest);
    n3 += (words[3] & lowest) + (words[7] & lowest);
    if ((((n0 + room) | (n1 + room) | (n2 + room) | (n3 + room)) & full) != 0) break;
  }
  return i;
}

void tq_dsp_set_ends(const tq_dsp_pass *pass) {
  const tq_dsp_taps *taps = pass->taps;
  const tq_dsp_block *const first = (const tq_dsp_block *)(const void *)pass->blocks;
  int32_t *end = tq_dsp_ends(first);

  for (int32_t done = 0; done < taps->quads; done = *end++) {
    int32_t most = taps->quads - done;
    const uint8_t *at = pass->blocks;
    for (int32_t i = 0; tq_dsp_coded(taps) && i < pass->count; i++, at += taps->block_bytes) {
      most = exact(tq_dsp_words((const tq_dsp_block *)(const void *)at, taps) + 8 * done, most);
    }
    *end = done + most;
  }
}
