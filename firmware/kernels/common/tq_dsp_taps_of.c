#include "tq_dsp_conv_2d.h"

tq_dsp_taps tq_dsp_taps_of(const tq_conv_dims *dims, int one_row, int coded) {
  tq_dsp_taps taps;

  taps.columns = one_row ? 1 : dims->filter.w;
  taps.height = one_row ? dims->filter.w : dims->filter.h;
  taps.channels = dims->filter.c;
  taps.in_order = one_row || taps.channels % 4 != 0;
  taps.column_pairs = (taps.height * taps.channels + 1) / 2;
  if (one_row) taps.column_pairs += taps.column_pairs % 2; /* words of a row are made from four inputs */
  taps.pairs = taps.columns * taps.column_pairs;
  taps.coded = coded;
  return taps;
}
