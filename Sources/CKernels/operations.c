#include "variants.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_SCALAR(operation) .operation = ck_##operation##_scalar,

static const ck_operations scalar = {
  .name = "scalar", CK_VECTOR_OPERATIONS(FIELD_SCALAR) CK_SCALAR_OPERATIONS(FIELD_SCALAR)};

const ck_operations *ck_operations_variant(size_t index) { return index == 0 ? &scalar : NULL; }

static const ck_operations *best = &scalar;

static void choose(void) {
  const char *wanted = getenv("CRUCIBLE_SIMD");
  const ck_operations *variant;
  for (size_t index = 0; (variant = ck_operations_variant(index)); index++) {
    best = variant;
    if (wanted && strcmp(wanted, variant->name) == 0) return;
  }
}

const ck_operations *ck_operations_best(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, choose);
  return best;
}
