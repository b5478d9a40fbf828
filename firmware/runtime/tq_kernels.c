#include "tinyq/tq_used.h"

/* Libraries of two models have kernels of the same names, each with its own model's ways, and a linker takes the first.
 * model.c wants TQ_KERNELS, which only its own kernels bring, and with it a name that a program can have but once. */
extern const char TQ_KERNELS, tq_kernels_are_of_another_model_compile_all_with_DTQ_USED_ALL_1;

const char TQ_KERNELS = 0;
const char tq_kernels_are_of_another_model_compile_all_with_DTQ_USED_ALL_1 = 0;
