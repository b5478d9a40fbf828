#include <string.h>

#include "tq_loading.h"

/* Returns 0 after a refusal. */
static int found(tq_loading *loading, const char *name, tq_flex_value *value) {
  if (tq_refused(loading)) return 0;
  const int result = tq_flex_find(&loading->options, name, value);
  if (result < 0) tq_refuse(loading, TQ_BAD_OPTIONS, "option %s is damaged: copy or convert the file again", name);
  if (result > 0) {
    tq_refuse(loading, TQ_BAD_OPTIONS, "option %s is missing: convert the model again with this version", name);
  }
  return result == 0;
}

void tq_check_options(tq_loading *loading, int32_t count) {
  tq_flex_value abi;

  if (!found(loading, "abi", &abi)) return;
  if (abi.text == NULL && abi.integer > TQ_ABI) {
    tq_refuse(loading, TQ_NEWER_ABI, "its abi is %i, this library's %i: the file needs a newer library",
              abi.integer, (int64_t)TQ_ABI);
  } else if (abi.text != NULL || abi.integer != TQ_ABI) {
    tq_refuse(loading, TQ_BAD_OPTION, "option abi is not %i", (int64_t)TQ_ABI);
  }
  tq_check_option_count(loading, count);
}

void tq_check_option_count(tq_loading *loading, int32_t count) {
  if (loading->options.count != count) {
    tq_refuse(loading, TQ_BAD_OPTIONS, "%i options instead of %i: convert the model again with this version",
              (int64_t)loading->options.count, (int64_t)count);
  }
}

int32_t tq_integer_option(tq_loading *loading, const char *name, int32_t low, int32_t high) {
  tq_flex_value value;

  if (!found(loading, name, &value)) return low;
  if (value.text != NULL) {
    tq_refuse(loading, TQ_BAD_OPTION, "option %s is no integer", name);
  } else if (value.integer < low || value.integer > high) {
    tq_refuse(loading, TQ_BAD_OPTION, "option %s is %i, allowed is %i to %i", name, value.integer,
              (int64_t)low, (int64_t)high);
  } else {
    return (int32_t)value.integer;
  }
  return low;
}

int32_t tq_name_option(tq_loading *loading, const char *name, const char *const *names) {
  tq_flex_value value;

  if (!found(loading, name, &value)) return 0;
  for (int32_t i = 0; value.text != NULL && names[i] != NULL; i++) {
    if (strlen(names[i]) == value.length && memcmp(names[i], value.text, value.length) == 0) return i;
  }
  tq_refuse(loading, TQ_BAD_OPTION, "option %s is none that this library knows", name);
  return 0;
}
