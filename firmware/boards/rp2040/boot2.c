/* The boot ROM copies the flash's first 256 bytes to RAM and runs them, if their CRC is right: here the flash is made
 * readable as memory, by the command 03h that every flash knows, and the program started.
 * Source: RP2040 datasheet, chapters 2.8.1.3.1 (CRC) and 4.10 (SSI). A test computes the CRC. */
__asm__(
    "  .syntax unified\n"
    "  .section .boot2, \"ax\"\n"
    "  .thumb\n"
    "boot2:\n"
    "  ldr r3, =0x18000000\n" /* SSI */
    "  movs r1, #0\n"
    "  str r1, [r3, #0x08]\n" /* off */
    "  str r1, [r3, #0x04]\n" /* CTRLR1: no more than what is asked for */
    "  movs r1, #4\n"
    "  str r1, [r3, #0x14]\n" /* a quarter of the core's clock */
    "  ldr r1, =(31 << 16) | (3 << 8)\n"
    "  str r1, [r3, #0x00]\n" /* CTRLR0: words of 32 bits, address first */
    "  ldr r0, =0x180000f4\n"
    "  ldr r1, =(3 << 24) | (2 << 8) | (6 << 2)\n"
    "  str r1, [r0]\n" /* SPI_CTRLR0: command 03h, 8 bits of it, 24 bits of address */
    "  movs r1, #1\n"
    "  str r1, [r3, #0x08]\n" /* on */
    "  ldr r0, =0x10000100\n"
    "  ldr r1, =0xe000ed08\n"
    "  str r0, [r1]\n" /* VTOR */
    "  ldmia r0!, {r1, r2}\n"
    "  msr msp, r1\n"
    "  bx r2\n"
    "  .ltorg\n"
    "  .org boot2 + 252\n"
    "  .word 0xcf6b8534\n" /* CRC-32 */
    "  .text\n");

typedef int boot2_is_above; /* ISO C wants a declaration */
