#include "tq_bits.h"
#include "tq_neon_bits.h"
#include "tq_quantize_planes.h"

void tq_neon_bits_lay_thresholds(tq_bits_store *store, int32_t *words) {
  const int32_t apart = (store->channels + 7) / 8 * 8, count = store->how->levels - 1;

  if (!store->how->thresholds || store->how->levels > TQ_NEON_MOST_LEVELS) return;
  store->thresholds = words;
  for (int32_t i = 0; i < count; i++, words += apart) {
    for (int32_t o = 0; o < apart; o++) {
      words[o] = o < store->channels ? store->how->thresholds[o * count + i] : INT32_MAX;
    }
  }
  if (store->how->levels > TQ_QUANTIZE_LEVELS) return;
  store->flip = (uint32_t *)store->thresholds + (TQ_NEON_MOST_LEVELS - 2) * apart;
  for (int32_t word = 0; word < tq_bits_words(store->channels); word++) store->flip[word] = 0;
  for (int32_t o = 0; store->how->flip && o < store->channels; o++) {
    store->flip[o / TQ_WORD_BITS] |= (uint32_t)store->how->flip[o] << o % TQ_WORD_BITS;
  }
}
