#include "variants.h"

#include <math.h>

void ck_rmsnorm_scalar(
  float *y, float *inverse, const float *x, const float *weight, size_t rows, size_t width,
  float epsilon, float offset) {
  for (size_t r = 0; r < rows; r++, x += width, y += width) {
    double squares = 0;
    for (size_t i = 0; i < width; i++) squares += (double)x[i] * x[i];
    float scale = (float)(1 / sqrt(squares / (double)width + epsilon));
    inverse[r] = scale;
    for (size_t i = 0; i < width; i++) y[i] = x[i] * scale * (weight[i] + offset);
  }
}

void ck_rmsnorm_backward_scalar(
  float *dx, float *dWeight, const float *dy, const float *x, const float *weight,
  const float *inverse, size_t rows, size_t width, float offset) {
  for (size_t r = 0; r < rows; r++, x += width, dx += width, dy += width) {
    double mean = 0;
    for (size_t i = 0; i < width; i++)
      mean += (double)dy[i] * (weight[i] + offset) * x[i] * inverse[r];
    mean /= (double)width;
    for (size_t i = 0; i < width; i++) {
      float normed = x[i] * inverse[r], g = dy[i] * (weight[i] + offset);
      if (dWeight) dWeight[i] += dy[i] * normed;
      dx[i] = inverse[r] * (g - normed * (float)mean);
    }
  }
}

void ck_layernorm_scalar(
  float *y, float *mean, float *inverse, const float *x, const float *weight, const float *bias,
  size_t rows, size_t width, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += width, y += width) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < width; i++) sum += x[i];
    double middle = sum / (double)width;
    for (size_t i = 0; i < width; i++) squares += (x[i] - middle) * (x[i] - middle);
    mean[r] = (float)middle;
    inverse[r] = (float)(1 / sqrt(squares / (double)width + epsilon));
    for (size_t i = 0; i < width; i++)
      y[i] = (x[i] - mean[r]) * inverse[r] * weight[i] + (bias ? bias[i] : 0);
  }
}

void ck_layernorm_backward_scalar(
  float *dx, float *dWeight, float *dBias, const float *dy, const float *x, const float *weight,
  const float *mean, const float *inverse, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++, x += width, dx += width, dy += width) {
    double sum = 0, product = 0;
    for (size_t i = 0; i < width; i++) {
      double g = (double)dy[i] * weight[i];
      sum += g;
      product += g * (x[i] - mean[r]) * inverse[r];
    }
    float meanOfG = (float)(sum / (double)width), along = (float)(product / (double)width);
    for (size_t i = 0; i < width; i++) {
      float normed = (x[i] - mean[r]) * inverse[r], d = dy[i];
      if (dWeight) dWeight[i] += d * normed;
      if (dBias) dBias[i] += d;
      dx[i] = inverse[r] * (d * weight[i] - meanOfG - normed * along);
    }
  }
}
