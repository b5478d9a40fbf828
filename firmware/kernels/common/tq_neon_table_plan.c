#include "tq_neon_table.h"

#define MOST_DIGITS 4

static int32_t entries(int32_t base, int32_t digits) {
  int32_t count = 1;
  for (int32_t i = 0; i < digits; i++) count *= base;
  return count;
}

/* The digits with the least work a weight: 2 instructions for 8 lanes of an entry, shared by filters and uses, and 13
 * to add 64 lanes. whole: no digit may be left over. */
static int32_t best_digits(int32_t base, int32_t most, int32_t sharing, int32_t whole) {
  int32_t best = 1, least = INT32_MAX;

  for (int32_t digits = 1; digits <= most && digits <= MOST_DIGITS; digits++) {
    const int32_t work = (16000 * entries(base, digits) / sharing + 13000) / digits;
    if (whole && most % digits != 0) continue;
    if (work <= least) best = digits, least = work;
  }
  return best;
}

static void choose_digits(const tq_conv_dims *dims, tq_table_plan *plan) {
  const tq_dims filter = dims->filter;
  const int32_t taps = filter.h * filter.w;

  plan->across = filter.c > 1 ? 0 : filter.w > 1 ? 1 : 2;
  if (plan->across == 0) {
    plan->digits = best_digits(plan->base, filter.c, filter.n * taps, 0);
    plan->tables = (filter.c + plan->digits - 1) / plan->digits;
    plan->uses = taps;
  } else if (plan->across == 1) {
    plan->digits = best_digits(plan->base, filter.w, filter.n * (taps + 3) / 4, plan->base == 2);
    plan->tables = 1;
    plan->uses = filter.h * ((filter.w + plan->digits - 1) / plan->digits);
  } else {
    plan->digits = best_digits(plan->base, filter.h, filter.n, plan->base == 2);
    plan->tables = (filter.h + plan->digits - 1) / plan->digits;
    plan->uses = 1;
  }
}

int32_t tq_neon_table_plan(const tq_conv_params *params, const tq_conv_dims *dims, int32_t base,
                           tq_table_plan *plan) {
  const tq_dims filter = dims->filter, out = dims->output;
  const int64_t down = (int64_t)(filter.h - 1) * params->dilation_h;
  const int64_t right = (int64_t)(filter.w - 1) * params->dilation_w;
  int32_t size, blocks;

  if (params->stride_h != 1 || params->stride_w != 1 || dims->input.c != filter.c) return 0;
  if (out.h + down > dims->input.h + 2 * filter.h || out.w + right > dims->input.w + 2 * filter.w) return 0;
  plan->base = base;
  choose_digits(dims, plan);
  if (plan->uses * plan->digits > TQ_TABLE_PRODUCTS) return 0;
  plan->plane_h = out.h + (int32_t)down;
  plan->pitch = out.w + (int32_t)right;
  plan->plane = (plan->plane_h * plan->pitch + 15) / 16 * 16 + 128;
  plan->lanes = (out.h - 1) * plan->pitch + out.w;
  plan->reach = plan->across == 0   ? (int32_t)(down * plan->pitch + right)
                : plan->across == 1 ? (int32_t)(down * plan->pitch) + filter.w * params->dilation_w
                                    : 0;
  plan->reach = (plan->reach + 15) / 16 * 16;
  size = (int32_t)(TQ_TABLE_BYTES / (2 * entries(base, plan->digits))) / 32 * 32 - (plan->reach + 31) / 32 * 32;
  if (size > TQ_TABLE_LANES) size = TQ_TABLE_LANES;
  if (size < 32) return 0;
  blocks = (plan->lanes + size - 1) / size;
  plan->block = ((plan->lanes + blocks - 1) / blocks + 31) / 32 * 32; /* all of nearly one size */
  plan->row = plan->block + plan->reach;
  return 1;
}
