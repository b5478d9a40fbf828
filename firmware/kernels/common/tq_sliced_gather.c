#include "tq_sliced.h"

/* Nibble a of eight words to word a of four: of lower halves. */
static void gather_half(const int32_t *const seen[8], int32_t word, uint32_t *slices) {
  uint32_t a = ((uint32_t)seen[0][word] & 0xffffu) | (uint32_t)seen[4][word] << 16;
  uint32_t b = ((uint32_t)seen[1][word] & 0xffffu) | (uint32_t)seen[5][word] << 16;
  uint32_t c = ((uint32_t)seen[2][word] & 0xffffu) | (uint32_t)seen[6][word] << 16;
  uint32_t d = ((uint32_t)seen[3][word] & 0xffffu) | (uint32_t)seen[7][word] << 16;

  TQ_SLICED_SWAP(a, c, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(b, d, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(a, b, 4, 0x0f0f0f0fu);
  TQ_SLICED_SWAP(c, d, 4, 0x0f0f0f0fu);
  slices[0] = a;
  slices[2] = b;
  slices[4] = c;
  slices[6] = d;
}

static void gather_word(const int32_t *const seen[8], int32_t word, uint32_t *slices) {
  uint32_t a = (uint32_t)seen[0][word], b = (uint32_t)seen[1][word], c = (uint32_t)seen[2][word];
  uint32_t d = (uint32_t)seen[3][word], e = (uint32_t)seen[4][word], f = (uint32_t)seen[5][word];
  uint32_t g = (uint32_t)seen[6][word], h = (uint32_t)seen[7][word];

  TQ_SLICED_SWAP(a, e, 16, 0x0000ffffu);
  TQ_SLICED_SWAP(b, f, 16, 0x0000ffffu);
  TQ_SLICED_SWAP(c, g, 16, 0x0000ffffu);
  TQ_SLICED_SWAP(d, h, 16, 0x0000ffffu);
  TQ_SLICED_SWAP(a, c, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(b, d, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(e, g, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(f, h, 8, 0x00ff00ffu);
  TQ_SLICED_SWAP(a, b, 4, 0x0f0f0f0fu);
  TQ_SLICED_SWAP(c, d, 4, 0x0f0f0f0fu);
  TQ_SLICED_SWAP(e, f, 4, 0x0f0f0f0fu);
  TQ_SLICED_SWAP(g, h, 4, 0x0f0f0f0fu);
  slices[0] = a;
  slices[2] = b;
  slices[4] = c;
  slices[6] = d;
  slices[8] = e;
  slices[10] = f;
  slices[12] = g;
  slices[14] = h;
}

void tq_sliced_gather(const int32_t *const seen[TQ_SLICED_LANES], int32_t word, int32_t nibbles,
                      uint32_t slices[16]) {
  for (int32_t j = 0; j < 2; j++) {
    (nibbles > 4 ? gather_word : gather_half)(seen + 8 * j, word, slices + j);
  }
}
