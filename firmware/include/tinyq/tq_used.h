/* Which ways of a kernel are compiled. Here are all of them, for what runs any model. The emitter writes this file
 * anew for its model (tinyq/emit/used.py), and what none of the layers takes is TQ_USED_ALL, which is 0: that is not
 * linked. Where several models share kernels, compile all with -DTQ_USED_ALL=1. */
#ifndef TQ_USED_H
#define TQ_USED_H

#ifndef TQ_USED_ALL
#define TQ_USED_ALL 0
#endif

/* Whether way `a` is taken, which is where the condition holds, and otherwise way `b`. */
#define TQ_TAKES(a, b, condition) ((a) && (!(b) || (condition)))

/* Weights of dsp kernels. */
#define TQ_USED_CODES 1 /* ternary or binary */
#define TQ_USED_INT8 1

/* Conv2D, dsp: one channel and filters of one row; else columns of pixels, of one channel in a way of its own. */
#define TQ_USED_ROWS 1
#define TQ_USED_STRIDED_ROWS 1
#define TQ_USED_COLUMNS 1
#define TQ_USED_SINGLE_CHANNEL 1
#define TQ_USED_CHANNELS 1

/* DepthwiseConv2D, dsp: long filters of one row; else four channels at a time, in one of four steps. */
#define TQ_USED_DEPTHWISE_ROWS 1
#define TQ_USED_DEPTHWISE_QUADS 1
#define TQ_USED_TWO_POSITIONS 1
#define TQ_USED_TWO_FILTERS 1
#define TQ_USED_ONE_FILTER 1
#define TQ_USED_MANY_FILTERS 1

/* Conv2D and DepthwiseConv2D, mve: filters of one row that see one channel; else windows, or sixteen channels. */
#define TQ_USED_MVE_ROWS 1
#define TQ_USED_MVE_WINDOWS 1
#define TQ_USED_MVE_DEPTHWISE_ROWS 1
#define TQ_USED_MVE_DEPTHWISE_LANES 1

/* Codes of swar kernels; filters that see one channel; else tables. */
#define TQ_USED_SWAR_TERNARY 1
#define TQ_USED_SWAR_BINARY 1
#define TQ_USED_SWAR_LINES 1
#define TQ_USED_SWAR_TABLES 1
#define TQ_USED_SWAR_INT8_LINES 1   /* int8 weights: filters of one row, or column, that see one channel */
#define TQ_USED_SWAR_INT8_WINDOWS 1

/* AveragePool2D, dsp. */
#define TQ_USED_SMALL_WINDOWS 1
#define TQ_USED_LARGE_WINDOWS 1

/* Conv2D of packed codes, sliced, of few channels along lines of positions, or where it fits, else word by word. */
#define TQ_USED_SLICED_FEW 1
#define TQ_USED_SLICED 1
#define TQ_USED_WORDS 1
#define TQ_USED_SIGNS 1  /* signs, or ternary codes by anything but ternary weights, which have holes */
#define TQ_USED_HOLES 1
#define TQ_USED_PAIRS 1  /* signs or ternary codes by ternary weights */
#define TQ_USED_BYTES 1  /* more planes */
#define TQ_USED_NARROW 1 /* at most 16 channels */
#define TQ_USED_WIDE 1
#define TQ_USED_SHIFTED 1 /* planes of weights, or holes */

/* The same, mve: filters that see few signs, to signs, by tables of sixteen filters, few channels of signs by
 * signs as a line of pixels, other signs and ternary codes in blocks of 64 positions, else as sliced. */
#define TQ_USED_MVE_FEW 1
#define TQ_USED_MVE_NARROW 1
#define TQ_USED_MVE_BLOCKS 1
#define TQ_USED_MVE_PLANES 1 /* of codes of four levels */
#define TQ_USED_MVE_OTHERS 1

/* DepthwiseConv2D of packed codes, sliced, along lines of positions or where it fits, else word by word. */
#define TQ_USED_DEPTHWISE_LINES 1
#define TQ_USED_DEPTHWISE_SLICED 1
#define TQ_USED_DEPTHWISE_WORDS 1
#define TQ_USED_DEPTHWISE_COPIES 1 /* of channels that have several filters */
#define TQ_USED_DEPTHWISE_WINDOWS 1 /* signs, or ternary codes, by signs, a filter a channel */
#define TQ_USED_DEPTHWISE_OTHERS 1  /* and what they cannot compute, or: */
#define TQ_USED_DEPTHWISE_SIGNS 1
#define TQ_USED_DEPTHWISE_TERNARY 1
#define TQ_USED_DEPTHWISE_PLANES 1
#define TQ_USED_DEPTHWISE_PACKED 1 /* outputs that are packed with at most 16 levels */
#define TQ_USED_DEPTHWISE_SUMS 1

/* Outputs of lines of positions: packed or not. */
#define TQ_USED_LINES_PACKED 1
#define TQ_USED_LINES_SUMS 1

/* The same, mve: filters of one row or column along lines of positions, else four positions at a time, else as sliced. */
#define TQ_USED_MVE_DEPTHWISE_LINES 1
#define TQ_USED_MVE_DEPTHWISE_QUADS 1
#define TQ_USED_MVE_DEPTHWISE_OTHERS 1

/* FullyConnected of packed codes, sliced; ternary ones by planes word by word. */
#define TQ_USED_DENSE_SIGNS 1
#define TQ_USED_DENSE_TERNARY 1
#define TQ_USED_DENSE_PLANES 1
#define TQ_USED_DENSE_WORDS 1

/* The same, listed: outputs behind the last whole 32 are as sliced. */
#define TQ_USED_LISTED_REST 1

/* What sliced kernels make of sums: packed codes of two, three, more levels. */
#define TQ_USED_TO_SIGNS 1
#define TQ_USED_TO_TERNARY 1
#define TQ_USED_TO_PLANES 1

/* By which model.c and the kernels know each other (runtime/tq_kernels.c): one name for each set of ways. */
#define TQ_KERNELS tq_kernels_all

#endif
