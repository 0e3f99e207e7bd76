#ifndef CK_VARIANT
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

#define CK_BODY "norm.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

// Four running sums hide the latency of the addition.
CK_INLINE float CK_OWN(squares)(const float *x, float shift, size_t width) {
  vf sum[4] = {0};
  size_t i = 0;
  for (; i + 4 * CK_LANES <= width; i += 4 * CK_LANES) {
    for (int part = 0; part < 4; part++) {
      vf v = vload(x + i + part * CK_LANES) - shift;
      sum[part] = vfma(v, v, sum[part]);
    }
  }
  for (; i + CK_LANES <= width; i += CK_LANES) {
    vf v = vload(x + i) - shift;
    sum[0] = vfma(v, v, sum[0]);
  }
  float total = vsum((sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (; i < width; i++) total += (x[i] - shift) * (x[i] - shift);
  return total;
}

void V(rmsnorm)(
  float *y, float *inverse, const float *x, const float *weight, size_t rows, size_t width,
  float epsilon, float offset) {
  for (size_t r = 0; r < rows; r++, x += width, y += width) {
    float scale = 1 / sqrtf(CK_OWN(squares)(x, 0, width) / (float)width + epsilon);
    inverse[r] = scale;
    size_t i = 0;
    for (; i + CK_LANES <= width; i += CK_LANES)
      vstore(y + i, vload(x + i) * scale * (vload(weight + i) + offset));
    for (; i < width; i++) y[i] = x[i] * scale * (weight[i] + offset);
  }
}

void V(rmsnorm_backward)(
  float *dx, float *dWeight, const float *dy, const float *x, const float *weight,
  const float *inverse, size_t rows, size_t width, float offset) {
  for (size_t r = 0; r < rows; r++, x += width, dx += width, dy += width) {
    float scale = inverse[r], tail = 0;
    vf sums = 0;
    size_t i = 0;
    for (; i + CK_LANES <= width; i += CK_LANES)
      sums = vfma(vload(dy + i) * (vload(weight + i) + offset), vload(x + i), sums);
    for (; i < width; i++) tail += dy[i] * (weight[i] + offset) * x[i];
    float along = (vsum(sums) + tail) * scale / (float)width;

    for (i = 0; i + CK_LANES <= width; i += CK_LANES) {
      vf normed = vload(x + i) * scale, d = vload(dy + i);
      if (dWeight) vstore(dWeight + i, vfma(d, normed, vload(dWeight + i)));
      vstore(dx + i, scale * (d * (vload(weight + i) + offset) - normed * along));
    }
    for (; i < width; i++) {
      float normed = x[i] * scale, d = dy[i];
      if (dWeight) dWeight[i] += d * normed;
      dx[i] = scale * (d * (weight[i] + offset) - normed * along);
    }
  }
}

CK_INLINE float CK_OWN(total)(const float *x, size_t width) {
  vf sums = 0;
  size_t i = 0;
  for (; i + CK_LANES <= width; i += CK_LANES) sums += vload(x + i);
  float total = vsum(sums);
  for (; i < width; i++) total += x[i];
  return total;
}

void V(layernorm)(
  float *y, float *mean, float *inverse, const float *x, const float *weight, const float *bias,
  size_t rows, size_t width, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += width, y += width) {
    float middle = CK_OWN(total)(x, width) / (float)width;
    float scale = 1 / sqrtf(CK_OWN(squares)(x, middle, width) / (float)width + epsilon);
    mean[r] = middle;
    inverse[r] = scale;
    size_t i = 0;
    for (; i + CK_LANES <= width; i += CK_LANES) {
      vf normed = (vload(x + i) - middle) * scale;
      vstore(y + i, vfma(normed, vload(weight + i), bias ? vload(bias + i) : (vf)0));
    }
    for (; i < width; i++) y[i] = (x[i] - middle) * scale * weight[i] + (bias ? bias[i] : 0);
  }
}

void V(layernorm_backward)(
  float *dx, float *dWeight, float *dBias, const float *dy, const float *x, const float *weight,
  const float *mean, const float *inverse, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++, x += width, dx += width, dy += width) {
    float scale = inverse[r], middle = mean[r], tail = 0, tailAlong = 0;
    vf sums = 0, products = 0;
    size_t i = 0;
    for (; i + CK_LANES <= width; i += CK_LANES) {
      vf g = vload(dy + i) * vload(weight + i);
      sums += g;
      products = vfma(g, vload(x + i) - middle, products);
    }
    for (; i < width; i++) {
      tail += dy[i] * weight[i];
      tailAlong += dy[i] * weight[i] * (x[i] - middle);
    }
    float meanOfG = (vsum(sums) + tail) / (float)width;
    float along = (vsum(products) + tailAlong) * scale / (float)width;

    for (i = 0; i + CK_LANES <= width; i += CK_LANES) {
      vf normed = (vload(x + i) - middle) * scale, d = vload(dy + i);
      if (dWeight) vstore(dWeight + i, vfma(d, normed, vload(dWeight + i)));
      if (dBias) vstore(dBias + i, vload(dBias + i) + d);
      vstore(dx + i, scale * (d * vload(weight + i) - meanOfG - normed * along));
    }
    for (; i < width; i++) {
      float normed = (x[i] - middle) * scale, d = dy[i];
      if (dWeight) dWeight[i] += d * normed;
      if (dBias) dBias[i] += d;
      dx[i] = scale * (d * weight[i] - meanOfG - normed * along);
    }
  }
}

#endif
