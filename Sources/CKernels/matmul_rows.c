#include "variants.h"

#include "convert.h"

void ck_matmul_rows_scalar(
  float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
  const void *weight, size_t columns, size_t width, const float *bias) {
  for (size_t j = 0; j < columns; j++) {
    for (size_t r = 0; r < rows; r++) {
      double sum = bias ? bias[j] : 0;
      for (size_t i = 0; i < width; i++)
        sum += (double)x[r * strideX + i] * ck_load_scalar(type, weight, j * width + i);
      y[r * strideY + j] = (float)sum;
    }
  }
}

float ck_dot_scalar(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return (float)sum;
}
