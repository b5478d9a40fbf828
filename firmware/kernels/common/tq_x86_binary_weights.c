#include "tq_unpack.h"
#include "tq_x86_int8.h"

#if TQ_X86
/* 32 codes of four bytes: each byte eight times, of each time another bit. */
TQ_AVX2 static void unpack(const uint8_t *packed, int8_t *codes) {
  const __m256i places = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3,
                                          3, 3, 3, 3, 3, 3);
  const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201u), one = _mm256_set1_epi8(1);
  int32_t four;

  __builtin_memcpy(&four, packed, sizeof four);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(four), places);
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bits), bits); /* -1: the code is -1 */
  _mm256_storeu_si256((void *)codes, _mm256_or_si256(set, one));
}

/* All bytes that hold codes [first, first + count), from the first one's first code on. */
const int8_t *tq_x86_binary_weights(const tq_conv_params *params, const void *weights, int32_t channel,
                                    int32_t count, int8_t *buffer) {
  const int64_t first = (int64_t)channel * count;
  const uint8_t *byte = (const uint8_t *)weights + first / 8;
  const int32_t skip = (int32_t)(first % 8), all = skip + count;
  int32_t done = 0;

  (void)params; /* levels are multiplied with later */
  for (; all - done >= 32; done += 32, byte += 4) unpack(byte, buffer + done);
  if (done < all) {
    uint8_t rest[4] = {0};
    __builtin_memcpy(rest, byte, (size_t)(all - done + 7) / 8);
    unpack(rest, buffer + done);
  }
  return buffer + skip;
}
#else
const int8_t *tq_x86_binary_weights(const tq_conv_params *params, const void *weights, int32_t channel,
                                    int32_t count, int8_t *buffer) {
  (void)params;
  tq_unpack_binary(weights, channel * count, count, buffer);
  return buffer;
}
#endif
