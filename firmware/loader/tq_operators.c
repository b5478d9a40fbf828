#include <string.h>

#include "tq_loader.h"

#define TQ_OPERATOR(name) &tq_operator_##name,
const tq_operator *const tq_operators[] = {
#include "tq_operators.def"
    NULL};
#undef TQ_OPERATOR

const tq_operator *tq_find_operator(const char *kind) {
  for (int32_t i = 0; tq_operators[i] != NULL; i++) {
    if (kind != NULL && strcmp(tq_operators[i]->kind, kind) == 0) return tq_operators[i];
  }
  return NULL;
}
