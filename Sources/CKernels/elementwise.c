#ifndef CK_VARIANT
#include "variants.h"

#include "convert.h"

#include <math.h>

void ck_add_scalar(float *y, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

void ck_multiply_scalar(float *y, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

void ck_scale_scalar(float *y, const float *x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = factor * x[i];
}

void ck_axpy_scalar(float *y, const float *x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += factor * x[i];
}

double ck_sum_of_squares_scalar(const float *x, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * x[i];
  return sum;
}

bool ck_all_finite_scalar(const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

void ck_from_bf16_scalar(float *y, const uint16_t *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = ck_float_of_bf16(x[i]);
}

void ck_from_f16_scalar(float *y, const uint16_t *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = ck_float_of_f16(x[i]);
}

void ck_to_bf16_scalar(uint16_t *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = ck_bf16_of_float(x[i]);
}

void ck_to_f16_scalar(uint16_t *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = ck_f16_of_float(x[i]);
}

#define CK_BODY "elementwise.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

#define EACH(vector, single) \
  size_t i = 0; \
  for (; i + CK_LANES <= count; i += CK_LANES) vstore(y + i, vector); \
  for (; i < count; i++) y[i] = single;

void V(add)(float *y, const float *a, const float *b, size_t count) {
  EACH(vload(a + i) + vload(b + i), a[i] + b[i])
}

void V(multiply)(float *y, const float *a, const float *b, size_t count) {
  EACH(vload(a + i) * vload(b + i), a[i] * b[i])
}

void V(scale)(float *y, const float *x, float factor, size_t count) {
  EACH(vload(x + i) * factor, x[i] * factor)
}

void V(axpy)(float *y, const float *x, float factor, size_t count) {
  EACH(vfma(vload(x + i), (vf)factor, vload(y + i)), y[i] + factor * x[i])
}

double V(sum_of_squares)(const float *x, size_t count) {
  vd sums = 0;
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    vd wide = __builtin_convertvector(vload(x + i), vd);
    sums = __builtin_elementwise_fma(wide, wide, sums);
  }
  double sum = 0;
  for (int lane = 0; lane < CK_LANES; lane++) sum += sums[lane];
  for (; i < count; i++) sum += (double)x[i] * x[i];
  return sum;
}

// 0 · x is 0 for finite x and NaN for the others.
bool V(all_finite)(const float *x, size_t count) {
  vf zeros = 0;
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) zeros = vfma(vload(x + i), (vf)0, zeros);
  float zero = vsum(zeros);
  for (; i < count; i++) zero += x[i] * 0;
  return zero == 0;
}

void V(from_bf16)(float *y, const uint16_t *x, size_t count) {
  EACH(
    __builtin_bit_cast(vf, __builtin_convertvector(vload_half(x + i), vu) << 16),
    ck_float_of_bf16(x[i]))
}

void V(from_f16)(float *y, const uint16_t *x, size_t count) {
  EACH(
    __builtin_convertvector(__builtin_bit_cast(vfloat16, vload_half(x + i)), vf),
    ck_float_of_f16(x[i]))
}

void V(to_bf16)(uint16_t *y, const float *x, size_t count) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    vu bits = __builtin_bit_cast(vu, vload(x + i));
    vu rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
    vh narrow = __builtin_convertvector(
      (bits & 0x7FFFFFFF) > (vu)0x7F800000 ? quiet : rounded, vh);
    memcpy(y + i, &narrow, sizeof narrow);
  }
  for (; i < count; i++) y[i] = ck_bf16_of_float(x[i]);
}

void V(to_f16)(uint16_t *y, const float *x, size_t count) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    vfloat16 narrow = __builtin_convertvector(vload(x + i), vfloat16);
    memcpy(y + i, &narrow, sizeof narrow);
  }
  for (; i < count; i++) y[i] = ck_f16_of_float(x[i]);
}

#undef EACH

#endif
