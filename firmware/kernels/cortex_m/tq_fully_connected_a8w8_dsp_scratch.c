#include "tinyq/tq_kernels_dsp.h"

/* Inputs as 16 bits. */
int32_t tq_fully_connected_a8w8_dsp_scratch(const tq_fully_connected_dims *dims) { return (dims->c_in + 3) / 4 * 8; }
