#include "variants.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SCALAR(operation) .operation = ck_##operation##_scalar,
#define AVX2(operation) .operation = ck_##operation##_avx2,
#define AVX512(operation) .operation = ck_##operation##_avx512,
#define NEON(operation) .operation = ck_##operation##_neon,

static const ck_operations scalar = {.name = "scalar", CK_OPERATIONS(SCALAR)};

#if defined(__x86_64__)
static const ck_operations avx2 = {.name = "avx2", CK_OPERATIONS(AVX2)};
static const ck_operations avx512 = {.name = "avx512", CK_OPERATIONS(AVX512)};

const ck_operations *ck_operations_variant(size_t index) {
  switch (index) {
    case 0: return &scalar;
    case 1: return ck_cpu_has_avx2() ? &avx2 : NULL;
    case 2: return ck_cpu_has_avx512() ? &avx512 : NULL;
    default: return NULL;
  }
}
#elif defined(__aarch64__)
static const ck_operations neon = {.name = "neon", CK_OPERATIONS(NEON)};

const ck_operations *ck_operations_variant(size_t index) {
  return index == 0 ? &scalar : index == 1 ? &neon : NULL;
}
#else
const ck_operations *ck_operations_variant(size_t index) { return index == 0 ? &scalar : NULL; }
#endif

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
