/* What quantizes int8 to packed codes 32 channels at a time. */
#ifndef TQ_QUANTIZE_PLANES_H
#define TQ_QUANTIZE_PLANES_H

#include <stdint.h>

#define TQ_QUANTIZE_LEVELS 4 /* at most */

/* The word of each plane (tq_put_code) from `above`, a word a threshold: they ascend, so a number's bits are
 * told by which thresholds are exceeded. Bits behind the last channel are not cleared here. */
static inline void tq_quantize_planes(const uint32_t *above, int32_t levels, uint32_t flip, uint32_t *planes) {
  if (levels == 2) {
    planes[0] = ~above[0] ^ flip;
  } else if (levels == 3) {
    planes[0] = ~above[0] | above[1];
    planes[1] = (~above[0] & ~flip) | (above[1] & flip);
  } else {
    planes[0] = ~(above[0] ^ above[1] ^ above[2]) ^ flip;
    planes[1] = ~above[1] ^ flip;
  }
}

#endif
