/* Convolutions of packed codes on x86-64: 32 output channels in the lanes of vector registers, words of the input
 * broadcast to them. Weights of a block of channels are laid out for that once a call, or once for all calls. */
#ifndef TQ_X86_BITS_H
#define TQ_X86_BITS_H

#include "tinyq/tq_kernels_bits.h"
#include "tinyq/tq_kernels_lce.h"
#include "tq_x86_int8.h"

#define TQ_X86_CHANNELS 32 /* of a block: a packed word */
#define TQ_X86_PIXELS 8    /* output positions of a tile */
#define TQ_X86_LANES 15    /* numbers of each channel that a writer may want */

/* What is counted in words x of the input and w of the filter. Ternary operands have a mask beside their signs. */
typedef enum {
  TQ_X86_SIGNS,    /* ones of x ^ w */
  TQ_X86_W_MASKED, /* ones of (x ^ w) & mask of w */
  TQ_X86_TERNARY   /* the sum of products */
} tq_x86_kind;

typedef int32_t tq_x86_counts[TQ_X86_PIXELS][TQ_X86_CHANNELS];

typedef struct {
  tq_x86_kind kind;
  int32_t pixels;
  const uint32_t *x[TQ_X86_PIXELS]; /* the first word of what each position sees */
  const int32_t *steps;             /* [words] from there to each of its words */
  int32_t words;
  int32_t signs, mask;        /* from a word of the first plane to that of the signs, and of the mask */
  const uint32_t *w, *w_mask; /* [words][TQ_X86_CHANNELS] */
  const uint32_t *base;       /* [TQ_X86_CHANNELS]; NULL: the sums as they are */
  int32_t shift, subtracted;
} tq_x86_tile;

/* sums = base + or - what is counted * 2^shift, modulo 2^32: parts may leave int32_t, the wholes do not */
void tq_x86_count_avx512(const tq_x86_tile *tile, tq_x86_counts sums);
void tq_x86_count_avx2(const tq_x86_tile *tile, tq_x86_counts sums);
/* AVX2's of TQ_X86_SIGNS, which is not the other one's: w is what tq_x86_bytes makes of it. */
void tq_x86_count_signs_avx2(const tq_x86_tile *tile, tq_x86_counts sums);
/* [words][TQ_X86_CHANNELS] words as [words][4][TQ_X86_CHANNELS] bytes; `to` may be `from`. */
void tq_x86_bytes(const uint32_t *from, int32_t words, uint32_t *to);

/* A tile of the output, and the channels of its block. */
typedef struct {
  const void *params, *bias; /* of the kernel */
  void *output;
  uint32_t flip;        /* bit c: channel c's codes are flipped (packed outputs) */
  int32_t channels;     /* of the output */
  int32_t first, count; /* channels of the block */
  int64_t most;         /* no sum's magnitude is larger */
  union {
    int32_t whole[TQ_X86_LANES][TQ_X86_CHANNELS];
    float real[TQ_X86_LANES][TQ_X86_CHANNELS];
    tq_x86_scaling scaling;
  } lanes;                  /* what `prepare` takes of the parameters of these channels */
  int32_t position, pixels; /* the tile's first one, of all, and how many it has */
  TQ_X86_LINES tq_x86_counts sums;
  /* TQ_X86_CORRECTED: whether there are taps outside the input, and the sum of their weights. */
  int32_t beside[TQ_X86_PIXELS];
  tq_x86_counts excess;
} tq_x86_block;

/* What becomes of the sums of a block. */
typedef struct {
  void (*prepare)(tq_x86_block *block);            /* once a block of channels */
  void (*write)(const tq_x86_block *block);        /* once a tile */
  void (*write_avx512)(const tq_x86_block *block); /* the same, where there is AVX-512; may be NULL */
} tq_x86_writer;

/* Taps outside the input: pad_code; half of the channels differ; +1, and the block's `excess` is wanted. */
typedef enum { TQ_X86_PADDED, TQ_X86_HALF, TQ_X86_CORRECTED } tq_x86_outside;

typedef struct {
  tq_dims input, filter, output;
  int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t pad_code, x_levels, w_levels;
  int32_t differing; /* 2 levels: sums are not those of products but places that differ */
  tq_x86_outside outside;
  void *kept; /* tq_x86_kept_bits(dims, w_levels) bytes, as in tinyq/tq_keeping_x86.h, or NULL */
} tq_x86_conv;

/* Returns 0, and does nothing, where the computer has no vector instructions for it, or the padded image no room. */
int tq_x86_conv_bits(const tq_x86_conv *conv, const int32_t *input, const int32_t *weights, const void *params,
                     const void *bias, const tq_x86_writer *writer, void *output, void *scratch);
/* Bytes of scratch for at most so many planes; 0 where that would be no 32-bit number: not to be called then. */
int32_t tq_x86_conv_bits_scratch(const tq_conv_dims *dims, int32_t x_planes, int32_t w_planes);

/* A padded copy of an image, which is all that the windows of a convolution see. */
typedef struct {
  const uint32_t *words;
  int32_t pixel, row; /* words */
} tq_x86_image;

/* Image `n`, of it the channels of group `group`; `memory` is used unless the input can be as it is. */
tq_x86_image tq_x86_pad_image(const tq_x86_conv *conv, const int32_t *input, int32_t n, int32_t group,
                              uint32_t *memory);
/* `each` words of each of `count` rows, at any address, beside each other: [each][TQ_X86_CHANNELS], 0 behind the last
 * row. */
void tq_x86_beside(const void *const *rows, int32_t each, int32_t count, uint32_t *to);

/* The most rows or columns of a padded copy for which there is room: filters may be dilated by 2. */
static inline int64_t tq_x86_padded(int32_t input, int32_t filter) { return input + 2 * (int64_t)filter; }

/* Rows, or columns, that the windows see. */
static inline int64_t tq_x86_seen(int32_t output, int32_t stride, int32_t filter, int32_t dilation) {
  return (int64_t)(output - 1) * stride + (int64_t)(filter - 1) * dilation + 1;
}

/* Bits [first, first + count) of a packed row, whose channels come in order, by words. */
static inline void tq_x86_put_bits(int32_t *row, int32_t first, int32_t count, uint32_t bits) {
  const int32_t place = first % 32;
  int32_t *const word = row + first / 32;

  if (count == 32 && place == 0) { /* nearly always */
    *word = (int32_t)bits;
    return;
  }
  if (count < 32) bits &= (1u << count) - 1;
  *word = (int32_t)((place ? (uint32_t)*word : 0) | bits << place);
  if (place + count > 32) word[1] = (int32_t)(bits >> (32 - place));
}

/* The operators' own parameters for tq_x86_conv_bits, which these call. */
int tq_x86_run_lce(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                   const int32_t *filter, const tq_x86_writer *writer, void *output, void *scratch, void *kept);
int tq_x86_run_bits(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                    const int32_t *weights, const void *bias, const tq_x86_writer *writer, void *output, void *scratch,
                    void *kept);

#endif
