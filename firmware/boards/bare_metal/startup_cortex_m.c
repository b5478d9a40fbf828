/* Start-up code of a Cortex-M: vector table, what the core has to have switched on, .data, .bss, stack. */
#include "stack.h"
#include "tinyq/tq_faults.h"
#include "tinyq/tq_port.h"

#define CCR (*(volatile uint32_t *)0xE000ED14u)
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define MPU ((volatile uint32_t *)0xE000ED90u) /* TYPE, CTRL, RNR, RBAR, RASR */
#define MPU_TYPE_REGIONS (0xFFu << 8)
#define MPU_ON_BEHIND_ALL_ELSE 5u /* ENABLE, PRIVDEFENA: memory without a region is as without an MPU */
#define NO_ACCESS_4_KIB ((1u << 28) | (11u << 1) | 1u) /* XN, SIZE, ENABLE */
#define CCR_UNALIGNED_TRAP (1u << 3)
#define CCR_LOOPS_AND_BRANCHES (1u << 19)

int main(void);
void tq_reset(void);

/* The stack may be what failed: begin another. */
__attribute__((naked)) static void fault(void) {
  __asm__ volatile("ldr r0, =tq_stack_top\n\tmov sp, r0\n\tmovs r0, %0\n\tbl tq_safe_state" : : "i"(TQ_FAULT_CORE));
}

/* A board whose ticks may be SysTick's defines it: bare_metal/cycles_cortex_m.c. */
__attribute__((weak, alias("fault"))) void tq_systick(void);

/* A board whose watchdog warns by an NMI defines it: bare_metal/watchdog_cmsdk.c. */
__attribute__((weak, alias("fault"))) void tq_nmi(void);

static void switch_on(void) {
#if __ARM_ARCH == 6
  CCR |= CCR_UNALIGNED_TRAP; /* an ARMv6-M faults; the core that stands in for it here would not */
#endif
#if defined(__ARM_FEATURE_MVE)
  CCR |= CCR_LOOPS_AND_BRANCHES;
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  CPACR |= 0xFu << 20; /* coprocessors 10 and 11: FPU and vectors */
#endif
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

/* A stack that overflows shall fault whatever lies below it: by the core's own limit (ARMv8-M), or by 4 KiB of no access
 * where there is an MPU. Else it does at the bottom of the RAM, where most chips have nothing. */
static void guard_stack(void) {
#if __ARM_ARCH >= 8
  __asm__ volatile("msr msplim, %0" : : "r"(tq_stack_limit));
#else
  if ((MPU[0] & MPU_TYPE_REGIONS) == 0) return;
  MPU[2] = 0;
  MPU[3] = ((uintptr_t)tq_stack_limit & ~0xFFFu) - 0x1000u;
  MPU[4] = NO_ACCESS_4_KIB;
  MPU[1] = MPU_ON_BEHIND_ALL_ELSE;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
}

void tq_reset(void) {
  const uint32_t *end;
  switch_on();
  guard_stack();
  __asm__ volatile("mov %0, sp" : "=r"(end));
  stack_paint(end);
  fill_memory();
  tq_port_exit(main());
}

typedef struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vector_table;

/* Reset, NMI, the faults and SysTick; a UART's interrupt may follow (uart.h). Slots 8 to 10 and 13 are reserved by the
 * architecture. */
extern const vector_table tq_vectors;
__attribute__((section(".vectors"), used)) const vector_table tq_vectors = {
    tq_stack_top,
    {tq_reset, tq_nmi, fault, fault, fault, fault, fault, 0, 0, 0, fault, fault, 0, fault, tq_systick},
};
