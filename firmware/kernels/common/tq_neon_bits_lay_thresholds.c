#include "tq_neon_bits.h"

void tq_neon_bits_lay_thresholds(tq_bits_store *store, int32_t *words) {
  const int32_t apart = (store->channels + 7) / 8 * 8, count = store->how->levels - 1;

  if (!store->how->thresholds || store->how->levels > TQ_NEON_MOST_LEVELS) return;
  store->thresholds = words;
  for (int32_t i = 0; i < count; i++, words += apart) {
    for (int32_t o = 0; o < apart; o++) {
      words[o] = o < store->channels ? store->how->thresholds[o * count + i] : INT32_MAX;
    }
  }
}
