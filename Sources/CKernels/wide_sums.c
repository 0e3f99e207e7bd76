#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

double ck_wide_dot_scalar(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return sum;
}

double ck_wide_sum_scalar(const float *x, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += x[i];
  return sum;
}

double ck_magnitude_sum_scalar(const float *x, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += fabs((double)x[i]);
  return sum;
}

void ck_column_dots_scalar(double *sums, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += (double)a[i] * b[i];
}

#define CK_BODY "wide_sums.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

// Four vectors of partial sums: one alone waits for its own latency at every step.
#define WIDE_SUM(term, single) \
  vd sums[4] = {0, 0, 0, 0}; \
  size_t i = 0; \
  for (; i + 4 * CK_LANES <= count; i += 4 * CK_LANES) \
    for (size_t part = 0; part < 4; part++) { \
      size_t at = i + part * CK_LANES; \
      sums[part] = term; \
    } \
  vd all = (sums[0] + sums[1]) + (sums[2] + sums[3]); \
  double sum = 0; \
  for (int lane = 0; lane < CK_LANES; lane++) sum += all[lane]; \
  for (; i < count; i++) sum += single; \
  return sum;

#define wide(x) __builtin_convertvector(vload(x), vd)

double V(wide_dot)(const float *a, const float *b, size_t count) {
  WIDE_SUM(
    __builtin_elementwise_fma(wide(a + at), wide(b + at), sums[part]), (double)a[i] * b[i])
}

double V(wide_sum)(const float *x, size_t count) { WIDE_SUM(sums[part] + wide(x + at), x[i]) }

double V(magnitude_sum)(const float *x, size_t count) {
  WIDE_SUM(sums[part] + __builtin_elementwise_abs(wide(x + at)), fabs((double)x[i]))
}

void V(column_dots)(double *restrict sums, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += (double)a[i] * b[i];
}

#undef WIDE_SUM
#undef wide
#endif
