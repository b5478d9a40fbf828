#include "tq_neon_bits.h"
#include "tq_quantize_planes.h"

static inline int16_t narrow(int32_t threshold) {
  return (int16_t)(threshold < INT16_MIN ? INT16_MIN : threshold > INT16_MAX ? INT16_MAX : threshold);
}

void tq_neon_narrow_thresholds(tq_bits_store *store) {
  const int32_t apart = (store->channels + 7) / 8 * 8, all = apart * (store->how->levels - 1);

  store->narrow = (int16_t *)(void *)(store->thresholds + TQ_QUANTIZE_LEVELS * apart); /* room of more levels */
  for (int32_t i = 0; i < all; i++) store->narrow[i] = narrow(store->thresholds[i]);
}
