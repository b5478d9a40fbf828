#include "../common/tq_neon_few.h"
#include "../common/tq_neon_table.h"

/* Of the ways the one that takes more. */
int32_t tq_conv_2d_a8w2_neon_scratch(const tq_conv_dims *dims) {
  const int32_t few = tq_neon_conv_2d_few_scratch(dims), signs = tq_neon_conv_2d_table_scratch(dims, 2);
  return few > signs ? few : signs;
}
