#include "tq_dsp_conv_2d.h"

/* How many of `pairs` pairs of a block's words are exact in one sum. A lane counts to 31 at most: a code that is not
 * zero has its lowest bit set, and two lanes are a filter. */
static int32_t exact(const uint32_t *words, int32_t pairs) {
  const uint32_t lowest = 0x00010001u, room = 0x7fe07fe0u, full = 0x80008000u;
  uint32_t n0 = pairs % 2 != 0 ? lowest : 0, n1 = n0, n2 = n0, n3 = n0; /* the last pair alone has room */

  for (int32_t i = 0; i < pairs - 1; i += 2, words += 8) {
    n0 += (words[0] & lowest) + (words[4] & lowest);
    n1 += (words[1] & lowest) + (words[5] & lowest);
    n2 += (words[2] & lowest) + (words[6] & lowest);
    n3 += (words[3] & lowest) + (words[7] & lowest);
    if ((((n0 + room) | (n1 + room) | (n2 + room) | (n3 + room)) & full) != 0) return i;
  }
  return pairs;
}

void tq_dsp_set_runs(tq_dsp_pass *pass) {
  const tq_dsp_taps *taps = pass->taps;
  const uint32_t *const behind = pass->words + (pass->count + 7) / 8 * 4 * taps->pairs; /* blocks of codes */

  pass->parts = 0;
  for (int32_t done = 0, most; done < taps->pairs; done += most) {
    most = taps->pairs - done;
    for (const uint32_t *at = pass->words; tq_dsp_coded(taps) && at < behind; at += 4 * taps->pairs) {
      most = exact(at + 4 * done, most);
    }
    const int32_t after = (done == 0 ? TQ_DSP_FIRST : 0) | (done + most == taps->pairs ? TQ_DSP_LAST : 0);
    pass->runs[pass->parts++] = tq_dsp_run_of(most, after);
  }
}
