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
