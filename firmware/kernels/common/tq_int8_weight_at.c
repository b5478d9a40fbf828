#include "tq_formulas.h"

int32_t tq_int8_weight_at(const void *weights, int32_t index) { return ((const int8_t *)weights)[index]; }
