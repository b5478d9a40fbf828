#include "../common/tq_listed.h"

int32_t tq_fully_connected_bits_f32_listed_scratch(const tq_fully_connected_dims *dims) {
  return tq_listed_dense_scratch(dims);
}
