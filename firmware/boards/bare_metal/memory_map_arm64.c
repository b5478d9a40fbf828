/* Source: Arm Architecture Reference Manual for A-profile, D8 "The AArch64 Virtual Memory System Architecture". */
#include "memory_map_arm64.h"

#include "stack.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define TABLE 3u
#define BLOCK (1u | (1u << 10)) /* accessed */
#define NORMAL ((1u << 2) | (3u << 8)) /* attributes 1, inner shareable; attributes 0 are a device's */
#define READ_ONLY (2u << 6)
#define NO_EXECUTE ((uint64_t)3 << 53)

extern uint8_t tq_memory_end[]; /* the linker script's: at its address devices begin, or the next GiB */

/* Address = its own translation. 2 times 1 GiB, devices but for the one with the memory: 512 times 2 MiB. */
static uint64_t gibibytes[512] __attribute__((aligned(4096)));
static uint64_t parts[512] __attribute__((aligned(4096)));

static uint64_t kind(uint64_t address, uint64_t ram) {
  if (address >= (uintptr_t)tq_memory_end) {
    return NO_EXECUTE;
  }
  return NORMAL | (address < ram ? READ_ONLY : NO_EXECUTE);
}

void memory_map_arm64(void) {
  const uint64_t ram = (uint64_t)(uintptr_t)tq_stack_limit; /* the first of it; what lies before is the flash */
  const uint64_t gibibyte = ram & ~(MIB(1024) - 1);
  for (uint64_t i = 0; i < 512; ++i) {
    const uint64_t address = gibibyte + i * MIB(2);
    parts[i] = address | BLOCK | kind(address, ram);
  }
  for (uint64_t i = 0; i < 2; ++i) {
    gibibytes[i] = i * MIB(1024) == gibibyte ? (uint64_t)(uintptr_t)parts | TABLE : i * MIB(1024) | BLOCK | NO_EXECUTE;
  }
  const uint64_t memory_attributes = 0xFF00u; /* 1: write-back; 0: device */
  /* 32-bit addresses, 4 KiB granule, write-back walks, no second table. */
  const uint64_t control = 32u | (1u << 8) | (1u << 10) | (3u << 12) | (1u << 23);
  const uint64_t on = 1u | (1u << 2) | (1u << 12); /* translation and both caches */
  uint64_t system;
  __asm__ volatile("msr mair_el1, %0\n\tmsr tcr_el1, %1\n\tmsr ttbr0_el1, %2\n\tdsb sy\n\tisb"
                   :
                   : "r"(memory_attributes), "r"(control), "r"(gibibytes)
                   : "memory");
  __asm__ volatile("mrs %0, sctlr_el1" : "=r"(system));
  __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(system | on) : "memory");
}
