#include "tq_dsp_depthwise.h"
#include "tq_dsp_fir.h"

/* The sum of each filter of a quad's channels. */
static void sums_of_weights(const tq_conv_dims *dims, const int8_t *codes, int32_t o, int32_t count,
                            int32_t *sums) {
  for (int32_t i = 0; i < count; i++) {
    sums[i] = 0;
    for (int32_t tap = 0; tap < dims->filter.h * dims->filter.w; tap++) {
      sums[i] += codes[tap * dims->filter.c + o + i];
    }
  }
}

static void set_quad(tq_dsp_depthwise_pass *pass, const int8_t *codes, const int32_t *bias, int32_t number,
                     tq_dsp_quad *quad) {
  const tq_conv_dims *dims = pass->dims;
  const int32_t multiplier = pass->plan->multiplier, c = dims->input.c;
  tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);

  quad->channel = tq_dsp_quad_channel(number, c);
  quad->count = c < 4 ? c : 4;
  const int32_t o = quad->channel * multiplier, count = quad->count * multiplier;
  sums_of_weights(dims, codes, o, count, pass->sums);
  quad->quick = tq_dsp_set_scales(pass->params, bias, o, count, dims->filter.h * dims->filter.w, pass->sums, scales);
  pass->quick &= quad->quick && quad->count == 4;
  tq_dsp_depthwise_words(pass->params, dims, pass->plan, codes, quad->channel,
                         (uint32_t *)(scales + 4 * multiplier));
}

TQ_ONCE
static void by_quads(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dsp_depthwise_plan plan = tq_dsp_depthwise_plan_of(params, dims, weights->unpack != NULL);
  const tq_dsp_depthwise_room room = tq_dsp_depthwise_room_of(dims, weights->unpack != NULL);
  const int32_t bytes = tq_dsp_quad_bytes(&plan), passes = room.quads_bytes / bytes;
  tq_dsp_depthwise_pass pass = {params, dims, &plan, {0}, input, output, NULL, 0, bytes, NULL, NULL, NULL, 1};
  /* Pointers may want more than four bytes' alignment: room has four to spare. */
  uint8_t *at = (uint8_t *)(((uintptr_t)scratch + sizeof(void *) - 1) & ~(uintptr_t)(sizeof(void *) - 1));

  pass.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  pass.pixels = (const int8_t **)(void *)at;
  at += room.pixels_bytes;
  pass.sums = (int32_t *)(void *)at;
  at += room.sums_bytes;
  pass.quads = at;
  pass.outside = (int8_t *)(at + room.quads_bytes);
  int8_t *const codes_room = pass.outside + room.outside_bytes;
  for (int32_t i = 0; i < room.outside_bytes; i++) pass.outside[i] = (int8_t)params->input_zero_point;
  const int8_t *const codes = tq_dsp_fetch(weights, params->tables, params->levels, 0,
                                           dims->filter.h * dims->filter.w * dims->filter.c, codes_room);
  for (int32_t first = 0; first < plan.quads; first += pass.count) {
    pass.count = plan.quads - first < passes ? plan.quads - first : passes;
    pass.quick = 1;
    for (int32_t i = 0; i < pass.count; i++) {
      set_quad(&pass, codes, bias, first + i, (tq_dsp_quad *)(void *)(at + i * bytes));
    }
    tq_dsp_depthwise_positions(&pass);
  }
}

TQ_ONCE
void tq_dsp_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int rows = tq_dsp_depthwise_is_rows(dims) && params->stride_w == 1 && params->dilation_w == 1;

  if (TQ_TAKES(TQ_USED_DEPTHWISE_ROWS, TQ_USED_DEPTHWISE_QUADS, rows)) {
    tq_dsp_fir(params, dims, input, weights, bias, output, scratch, 1);
  } else {
    by_quads(params, dims, input, weights, bias, output, scratch);
  }
}
