/* Packed tensors: rows of codes of few levels in int32 words, as tinyq/tq_kernels_bits.h has them.
 * Of an activation, the operator's options say how many channels and levels it has. */
#ifndef TQ_PACKED_TENSORS_H
#define TQ_PACKED_TENSORS_H

#include "tq_loading.h"

/* An option that is a number of levels; 2 after a refusal. */
int32_t tq_levels_option(tq_loading *loading, const char *name);
int32_t tq_planes(int32_t levels);
int32_t tq_words(int32_t channels);                       /* of a plane */
int32_t tq_packed_size(int32_t channels, int32_t levels); /* words of a row */
int32_t tq_top_code(int32_t levels);                      /* the largest one */

const tq_loader_tensor *tq_packed_input(tq_loading *loading, int32_t position, int32_t channels, int32_t levels);
const tq_loader_tensor *tq_packed_output(tq_loading *loading, int32_t channels, int32_t levels);
/* Input 0, NHWC, in codes. */
tq_dims tq_packed_image(tq_loading *loading, int32_t channels, int32_t levels);

/* real = scale * code; it has one scale, and its zero points are 0. */
double tq_packed_scale(tq_loading *loading, const tq_loader_tensor *tensor);
/* Two packed tensors share their scale, if both have one. */
void tq_check_same_scale(tq_loading *loading, const tq_loader_tensor *first, const tq_loader_tensor *second);

/* Constant codes: no spare bit is set, and no sign of a 0. */
void tq_check_codes(tq_loading *loading, const char *role, const tq_loader_tensor *tensor, int32_t channels,
                    int32_t levels);
/* The magnitude of one code of a row. */
int32_t tq_code_magnitude(const int32_t *row, int32_t channels, int32_t levels, int32_t channel);

/* Constant int32 thresholds at `position`: rows of `each`, each ascending, within [low, high]. */
void tq_check_thresholds(tq_loading *loading, const tq_loader_tensor *tensor, int32_t each, int64_t low,
                         int64_t high);
/* int8 [channels] at `position`, 0 or 1: where codes are counted from the highest down; NULL if nowhere. */
const int8_t *tq_flip(tq_loading *loading, int32_t position, int32_t channels);

#endif
