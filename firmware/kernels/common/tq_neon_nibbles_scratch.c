#include "tq_neon_nibbles.h"

/* In the order in which tq_neon_nibbles_plan lays them; a block's lanes may begin at the last byte of a plane. */
int32_t tq_neon_nibbles_scratch(const tq_conv_dims *dims) {
  const int32_t apart = tq_nibbles_up(dims->filter.n, 8), lookups = tq_nibbles_lookups(dims);
  const int32_t sums = (4 * TQ_NEON_MOST_LEVELS + 2 * tq_nibbles_lanes(dims)) * apart;
  const int32_t limits = 2 * (TQ_NIBBLES_LEVELS - 1) * apart + tq_nibbles_up(apart / 8, 16);
  const int32_t tables = 2 * 16 * TQ_NIBBLES_PRODUCTS + 4 * lookups + tq_nibbles_tables(dims);

  return sums + limits + tables + (8 + 4) * TQ_NIBBLES_LANES + 5 * tq_nibbles_width(dims) +
         tq_nibbles_groups(dims) * tq_nibbles_plane(dims) + TQ_NIBBLES_LANES;
}
