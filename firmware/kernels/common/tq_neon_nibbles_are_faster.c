#include "tq_neon_nibbles.h"

/* Instructions, fitted to counts of 24 layers: a look-up of 64 lanes by 4 filters 44, to widen their sums 90, to
 * compare them 100; a table 16; a nibble that is laid 2; codes of 8 filters 6; to begin 6000. */
static int64_t looked_up(const tq_nibbles *l) {
  const tq_dims in = l->dims->input, out = l->dims->output;
  const int32_t blocks = (out.c + 3) / 4, bands = out.n * ((out.h + l->band - 1) / l->band);
  const int32_t parts = tq_nibbles_is_narrow(l) ? 0 : (l->lookups + l->at_once - 1) / l->at_once;
  const int32_t tile = 44 * l->lookups + 90 * parts + 100 * (l->packed ? l->params->output.levels - 1 : 1);
  const int64_t tiles = (int64_t)bands * blocks * (l->lanes / TQ_NIBBLES_LANES);
  const int64_t tables = (int64_t)4 * blocks * l->lookups * (l->held > 4 ? 1 : bands);
  const int64_t nibbles = (int64_t)in.n * in.h * in.w * l->groups, positions = (int64_t)out.n * out.h * out.w;

  return tiles * tile + 16 * tables + 2 * nibbles + 6 * positions * ((out.c + 7) / 8) + 6000;
}

/* What words take that are counted: signs in tq_neon_signs.h, or all else, each plane with each one, or by ternary
 * codes. A position's words are gathered first. */
static int64_t counted(const tq_nibbles *l) {
  const tq_conv_bits_params *const p = l->params;
  const tq_dims filter = l->dims->filter, out = l->dims->output;
  const int32_t words = filter.h * filter.w * l->words, ternary = p->x_levels == 3 || p->w_levels == 3;
  const int32_t rows = p->x_levels == 3 ? 1 : l->x_planes, passes = rows * (p->w_levels == 3 ? 1 : l->w_planes);
  const int32_t signs = l->packed && p->x_levels == 2 && p->w_levels == 2 && p->output.levels == 2;
  const int32_t position = signs ? 20 + 4 * words : 150 + 12 * words * rows;
  const int32_t output = signs ? 2 + 4 * words / 5 : passes * (3 + (ternary ? 2 * words : 9 * words / 10));

  return (int64_t)out.n * out.h * out.w * (position + (int64_t)output * out.c);
}

int32_t tq_neon_nibbles_are_faster(const tq_nibbles *layer) { return looked_up(layer) < counted(layer); }
