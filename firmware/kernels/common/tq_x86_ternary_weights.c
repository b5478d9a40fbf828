#include <string.h>

#include "tq_unpack.h"
#include "tq_x86_int8.h"

#if TQ_X86
#define CODES 80 /* of 16 bytes: five steps of 16 codes */

/* Where code i = 0..79 is: byte i / 5, digit i % 5. A byte times 3^digit, modulo 256, is the fraction whose product
 * with 3 has that code plus one above the point; bytes stand in the high half of 16 bits, so that nothing has to be
 * masked. -1 as an index gives 0, in the low half. */
#define B(i) -1, (i) / 5
#define BYTES(i)                                                                                               \
  {B(i), B(i + 1), B(i + 2), B(i + 3), B(i + 4), B(i + 5), B(i + 6), B(i + 7), B(i + 8), B(i + 9), B(i + 10), \
   B(i + 11), B(i + 12), B(i + 13), B(i + 14), B(i + 15)}
#define P(i) ((i) % 5 == 0 ? 1 : (i) % 5 == 1 ? 3 : (i) % 5 == 2 ? 9 : (i) % 5 == 3 ? 27 : 81)
#define POWERS(i)                                                                                              \
  {P(i), P(i + 1), P(i + 2), P(i + 3), P(i + 4), P(i + 5), P(i + 6), P(i + 7), P(i + 8), P(i + 9), P(i + 10), \
   P(i + 11), P(i + 12), P(i + 13), P(i + 14), P(i + 15)}

static const int8_t places[5][32] = {BYTES(0), BYTES(16), BYTES(32), BYTES(48), BYTES(64)};
static const int16_t powers[5][16] = {POWERS(0), POWERS(16), POWERS(32), POWERS(48), POWERS(64)};

/* 16 codes plus one, 16 bits each, of 16 bytes that are in both halves. */
TQ_AVX2 TQ_INLINED __m256i sixteen(__m256i bytes, int32_t step) {
  const __m256i at = _mm256_shuffle_epi8(bytes, _mm256_loadu_si256((const void *)places[step]));
  const __m256i fraction = _mm256_mullo_epi16(at, _mm256_loadu_si256((const void *)powers[step]));
  return _mm256_mulhi_epu16(fraction, _mm256_set1_epi16(3));
}

TQ_AVX2 static void unpack(const uint8_t *packed, int8_t *codes) {
  const __m256i bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)packed));
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i a = _mm256_packus_epi16(sixteen(bytes, 0), sixteen(bytes, 1));
  const __m256i b = _mm256_packus_epi16(sixteen(bytes, 2), sixteen(bytes, 3));
  const __m256i c = _mm256_packus_epi16(sixteen(bytes, 4), sixteen(bytes, 4));
  const __m128i last = _mm256_castsi256_si128(_mm256_permute4x64_epi64(c, 0xd8));

  _mm256_storeu_si256((void *)codes, _mm256_sub_epi8(_mm256_permute4x64_epi64(a, 0xd8), one));
  _mm256_storeu_si256((void *)(codes + 32), _mm256_sub_epi8(_mm256_permute4x64_epi64(b, 0xd8), one));
  _mm_storeu_si128((void *)(codes + 64), _mm_sub_epi8(last, _mm_set1_epi8(1)));
}

/* All bytes that hold codes [first, first + count), from the first one's first code on. */
const int8_t *tq_x86_ternary_weights(const tq_conv_params *params, const void *weights, int32_t channel,
                                     int32_t count, int8_t *buffer) {
  const int64_t first = (int64_t)channel * count;
  const uint8_t *byte = (const uint8_t *)weights + first / 5;
  const int32_t skip = (int32_t)(first % 5), all = skip + count;
  int32_t done = 0;

  (void)params; /* levels are multiplied with later */
  for (; all - done >= CODES; done += CODES, byte += 16) unpack(byte, buffer + done);
  if (done < all) {
    uint8_t rest[16] = {0};
    memcpy(rest, byte, (size_t)(all - done + 4) / 5);
    unpack(rest, buffer + done);
  }
  return buffer + skip;
}
#else
const int8_t *tq_x86_ternary_weights(const tq_conv_params *params, const void *weights, int32_t channel,
                                     int32_t count, int8_t *buffer) {
  (void)params;
  tq_unpack_ternary(weights, channel * count, count, buffer);
  return buffer;
}
#endif
