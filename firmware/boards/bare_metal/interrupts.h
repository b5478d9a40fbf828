/* Interrupts of the core, all at once. */
#ifndef TQ_INTERRUPTS_H
#define TQ_INTERRUPTS_H

static inline void interrupts_off(void) {
#if defined(__aarch64__)
  __asm__ volatile("msr daifset, #2" : : : "memory");
#else
  __asm__ volatile("cpsid i" : : : "memory");
#endif
}

static inline void interrupts_on(void) {
#if defined(__aarch64__)
  __asm__ volatile("msr daifclr, #2" : : : "memory");
#else
  __asm__ volatile("cpsie i" : : : "memory");
#endif
}

#endif
