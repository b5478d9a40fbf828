/* Whether the compiler's target has NEON in 64-bit mode; files of the family "neon" are plain C elsewhere. */
#ifndef TQ_NEON_H
#define TQ_NEON_H

#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define TQ_NEON 1
#include <arm_neon.h>
#else
#define TQ_NEON 0
#endif

/* Functions whose constant arguments make the loops that they are for. */
#if defined(__GNUC__)
#define TQ_INLINE static inline __attribute__((always_inline))
#else
#define TQ_INLINE static inline
#endif

#endif
