#include "tq_neon_nibbles.h"

static inline int32_t within(int32_t value, int32_t most) { return value < 0 ? 0 : value > most ? most : value; }

/* Where a plane has columns of a phase of row y. */
static int32_t place_of(const tq_nibbles *l, int32_t y, int32_t phase) {
  return ((y % l->step_h * l->step_w + phase) * l->rows + y / l->step_h) * l->part;
}

/* A line of columns -> row y of a plane, phase by phase. */
static void put_line(const tq_nibbles *l, const uint8_t *line, int32_t y, uint8_t *plane) {
  const int32_t step = l->step_w;
  uint8_t *to = plane + place_of(l, y, 0);

  if (step == 1) {
    memcpy(to, line, (size_t)l->part);
    return;
  }
  for (int32_t phase = 0; phase < step; phase++, to += l->rows * l->part) {
    for (int32_t i = 0, x = phase; x < l->width; i++, x += step) to[i] = line[x];
  }
}

/* A line of neighbours in a row of one nibble. */
static const uint8_t *joined(const tq_nibbles *l, const uint8_t *line) {
  memcpy(l->joined, line, (size_t)l->width);
  for (int32_t i = 1; i < l->neighbours; i++) {
    tq_neon_nibbles_join(line + i * l->params->dilation_w, l->width, i * l->channels, l->joined);
  }
  return l->joined;
}

/* Row y of those that are laid; row: of the input, NULL: one beside it. */
static void lay_row(const tq_nibbles *l, const int32_t *row, int32_t y) {
  const int32_t apart = tq_nibbles_width(l->dims), bytes = (l->dims->input.c + 7) / 8;
  const int32_t left = within(l->params->pad_left, l->width), inside = within(l->dims->input.w, l->width - left);
  uint8_t *plane = l->planes, *const end = plane + l->groups * l->plane;

  if (!row) memset(l->line, l->pad, (size_t)(4 * apart));
  for (int32_t byte = 0; byte < bytes; byte++) {
    const uint8_t *line = l->line;
    if (row) tq_neon_nibbles_split(l, row, inside, byte, apart, l->line + left);
    for (int32_t i = 0; i < 8 / l->digits && plane < end; i++, line += apart, plane += l->plane) {
      put_line(l, l->neighbours > 1 && !l->down ? joined(l, line) : line, y, plane);
    }
  }
}

/* Rows that are neighbours of those above them -> nibbles of these, all columns. One output row sees each in one. */
static void join_rows(const tq_nibbles *l, int32_t rows) {
  const int32_t step = l->band == 1 ? l->neighbours * l->params->dilation_h : 1;

  for (int32_t y = 0; y < rows; y += step) {
    for (int32_t i = 1; i < l->neighbours && y + i * l->params->dilation_h < rows; i++) {
      for (int32_t phase = 0; phase < l->step_w; phase++) {
        const uint8_t *const below = l->planes + place_of(l, y + i * l->params->dilation_h, phase);
        tq_neon_nibbles_join(below, l->part, i * l->channels, l->planes + place_of(l, y, phase));
      }
    }
  }
}

void tq_neon_nibbles_lay(const tq_nibbles *l, int32_t n, int32_t oy, int32_t rows) {
  const tq_dims in = l->dims->input;
  const int32_t seen = (rows - 1) * l->step_h + (l->dims->filter.h - 1) * l->params->dilation_h + 1;
  int32_t y = oy * l->params->stride_h - l->params->pad_top;

  memset(l->line, l->pad, (size_t)(4 * tq_nibbles_width(l->dims)));
  for (int32_t i = 0; i < seen; i++, y++) {
    const int32_t *const row = l->input + (n * in.h + y) * in.w * l->words * l->x_planes;
    lay_row(l, y < 0 || y >= in.h ? NULL : row, i);
  }
  if (l->neighbours > 1 && l->down) join_rows(l, seen);
}
