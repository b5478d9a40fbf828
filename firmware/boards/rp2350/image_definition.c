/* What the boot ROM looks for in the first 4 KiB: this is a program for Arm, secure, on an RP2350.
 * Source: RP2350 datasheet, chapters 5.9.1 (blocks) and 5.9.3.1 (IMAGE_DEF item). */
#include <stdint.h>

enum { ITEM_IMAGE_TYPE = 0x42, ITEM_LAST = 0xFF, TYPE_EXECUTABLE_ARM_SECURE_RP2350 = 0x1021 };

extern const uint32_t tq_image_definition[5];
__attribute__((section(".after_vectors"), used)) const uint32_t tq_image_definition[5] = {
    0xFFFFDED3u,
    ITEM_IMAGE_TYPE | (1u << 8) | ((uint32_t)TYPE_EXECUTABLE_ARM_SECURE_RP2350 << 16),
    ITEM_LAST | (1u << 8), /* the items before it: one word */
    0,                     /* to the next block: this is the only one */
    0xAB123579u,
};
