/* Conv2D of signs by signs to packed signs, where a filter sees few of them, for the family "mve".
 *
 * Lanes are sixteen filters. A look-up is some bits of what an output position sees, its neighbouring taps' or some of
 * a tap's channels; its table has what each of their patterns adds to the filters' sums. The last one has minus that,
 * so that comparing it with the others' sum gives the filters' bits, which are those of the output. Where a look-up is
 * of one row of taps, the places that were made for an output row serve the next ones, too. */
#ifndef TQ_MVE_FEW_H
#define TQ_MVE_FEW_H

#include "tq_mve_bytes.h"
#include "tq_mve_sliced.h"

enum {
  TQ_MVE_FEW_LANES = 16,
  TQ_MVE_FEW_LOOKUPS = 4,
  TQ_MVE_FEW_BITS = 10,      /* of a look-up, at most */
  TQ_MVE_FEW_ENTRIES = 1536, /* of all tables */
  TQ_MVE_FEW_TAPS = 16,      /* of all rows of a look-up, by threes */
  TQ_MVE_FEW_POSITIONS = 256, /* of rows at a time, at most, or of one: */
  TQ_MVE_FEW_COLUMNS = 128   /* of an output row at a time, at most */
};

/* How a filter is shared out. */
typedef struct {
  int32_t rows, columns, parts; /* taps of a look-up, or where that is a tap, look-ups of its channels */
  int32_t down, across;         /* times that these are a filter's height and width */
  int32_t lookups, bits;        /* [down][across][parts], of so many bits each */
} tq_mve_few_plan;

/* Up to three neighbouring taps of a row: words of the line from its beginning on, bytes of places that their patterns
 * are apart; whether they are the first ones of places `to`. */
typedef struct {
  int32_t taps[3];
  uint32_t apart[3];
  int32_t to, first;
} tq_mve_few_taps;

typedef struct {
  const tq_sliced *layer;
  tq_mve_few_plan plan;
  int32_t columns, rows;  /* of the output at a time: of whole rows, or of one */
  int32_t shared;         /* what a row of taps sees is what the next one will see for the output row above */
  int32_t list;           /* words from a look-up of a row of taps to the next; where that is not shared, of the rows, too */
  int32_t line_words;
  int32_t steps;          /* of a row of taps; not of parts of a tap */
  tq_mve_few_taps taps[TQ_MVE_FEW_TAPS];
  uint32_t *flips;
  int16_t *limits;        /* [output.c], and what else a vector loads: bits are 1 where D is not less, or, flipped, less */
  uint32_t *line;         /* what those columns see of a row of the input */
  uint32_t *places;       /* of entries, [lists][rows][columns], and four that are read: all are there at any time */
  uint32_t *marks;        /* [rows][columns], and up to three */
  uint8_t *tables;        /* [1 << bits][lookups][TQ_MVE_FEW_LANES] */
} tq_mve_few;

/* A place in the tables: an address where that is a word. */
#if TQ_MVE
#define TQ_MVE_FEW_PLACE(few) ((uint32_t)(uintptr_t)(few)->tables)
#else
#define TQ_MVE_FEW_PLACE(few) 0u
#endif

/* Columns of an output row from `first` on, of which there are `count`. They see the input's from `x` on, of which
 * `inside` behind the first `before` are there, all of them if `whole`. */
typedef struct {
  int32_t image, first, count;
  int32_t x, before, inside, whole;
} tq_mve_few_run;

/* The plan of least work for each output row; lookups are 0 where there is none. work: of it, in quarters of instructions. */
tq_mve_few_plan tq_mve_few_plan_of(const tq_sliced *layer, int64_t *work);

/* Whether it can be computed so in the scratch of tq_mve_sliced_scratch, and is the least work. */
int32_t tq_mve_few_fits(const tq_sliced *layer, tq_mve_few *few);

/* Words of places. */
static inline int32_t tq_mve_few_places(const tq_mve_few *few) {
  const int32_t lists = few->shared ? few->plan.across * few->plan.parts : few->plan.lookups;
  return lists * few->list + 4;
}

/* Bytes of scratch. */
int32_t tq_mve_few_bytes(const tq_mve_few *few);

void tq_mve_few_conv(tq_mve_few *few, void *scratch);

void tq_mve_few_set_taps(tq_mve_few *few);

/* Tables of filters [first, first + TQ_MVE_FEW_LANES). */
void tq_mve_few_lay(const tq_mve_few *few, int32_t first);

/* Places of look-ups of `rows` rows of taps, for `count` output rows, from number `row` of the input on; of parts of a tap. */
void tq_mve_few_see(const tq_mve_few *few, const tq_mve_few_run *run, int32_t row, int32_t rows, int32_t count, uint32_t *places);
void tq_mve_few_see_parts(const tq_mve_few *few, const tq_mve_few_run *run, int32_t row, int32_t count, uint32_t *places);

/* What a run sees of row `y` of the input, where it is, or with the padding's code around it, which is there already. */
static inline const uint32_t *tq_mve_few_line(const tq_mve_few *few, const tq_mve_few_run *run, int32_t y) {
  const tq_dims in = few->layer->dims->input;
  const int32_t *const row = few->layer->input + (run->image * in.h + y) * in.w + run->x;
  uint32_t *const line = few->line + run->before;

  if (y < 0 || y >= in.h) {
    tq_mve_fill_words(line, (uint32_t)few->layer->outside[0], run->inside);
    return few->line;
  }
  if (run->whole) return (const uint32_t *)row;
  tq_mve_copy((int8_t *)line, (const int8_t *)(row + run->before), 4 * run->inside);
  return few->line;
}

/* Marks of positions by fours, whose places are there. */
void tq_mve_few_walk(const tq_mve_few *few, const uint32_t *const *places, int32_t fours, uint32_t *marks);

#endif
