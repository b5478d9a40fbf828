#include "tq_neon_gemm.h"

#if defined(__ARM_FEATURE_DOTPROD)

int32_t tq_neon_has_dot(void) { return 1; }

#elif defined(__aarch64__) && defined(__linux__)

#define AT_HWCAP 16
#define HWCAP_ASIMDDP (1ul << 20)

/* Of the C library; a program without one, built by the same compiler, lacks it. */
unsigned long getauxval(unsigned long type) __attribute__((weak));

int32_t tq_neon_has_dot(void) { return getauxval && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

#else

int32_t tq_neon_has_dot(void) { return 0; }

#endif
