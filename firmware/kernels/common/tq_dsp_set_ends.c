#include "tq_dsp_conv_2d.h"

/* A lane counts to 31 at most: a code that is not zero has its lowest bit set, and two lanes are a filter. */
void tq_dsp_set_ends(const tq_dsp_taps *taps, const uint32_t *words, int32_t *ends) {
  const uint32_t lowest = 0x00010001u, room = 0x7fe07fe0u, full = 0x80008000u;
  uint32_t n0 = 0, n1 = 0, n2 = 0, n3 = 0;

  for (int32_t i = 0; i < taps->quads; i++, words += 8) {
    const uint32_t more0 = (words[0] & lowest) + (words[4] & lowest);
    const uint32_t more1 = (words[1] & lowest) + (words[5] & lowest);
    const uint32_t more2 = (words[2] & lowest) + (words[6] & lowest);
    const uint32_t more3 = (words[3] & lowest) + (words[7] & lowest);
    n0 += more0;
    n1 += more1;
    n2 += more2;
    n3 += more3;
    if ((((n0 + room) | (n1 + room) | (n2 + room) | (n3 + room)) & full) != 0) {
      *ends++ = i;
      n0 = more0;
      n1 = more1;
      n2 = more2;
      n3 = more3;
    }
  }
  *ends = taps->quads;
}
