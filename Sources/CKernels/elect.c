#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

// What each operation does to one element; the twins and the variants share it, since no sum here
// runs over elements and the compiler vectorises the loops by itself.

void ck_add_agreeing_scalar(
  float *sum, float *weights, const float *x, const float *direction, float weight, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    float part = weight * x[i];
    bool agrees = direction[i] >= 0 ? part > 0 : part < 0;
    if (!agrees) continue;
    sum[i] += part;
    weights[i] += weight;
  }
}

void ck_divide_guarded_scalar(float *y, const float *divisor, float floor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] /= divisor[i] > floor ? divisor[i] : floor;
}

void ck_divide_nonzero_scalar(float *y, const float *divisor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] /= divisor[i] == 0 ? 1 : divisor[i];
}

void ck_near_swap_scalar(float *y, const float *x, float t, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float delta = x[i] - y[i], distance = fabsf(delta) > 1e-6f ? fabsf(delta) : 1e-6f;
    float share = t / distance;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    y[i] = share == 1 ? x[i] : y[i] + share * delta;
  }
}

void ck_take_larger_scalar(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (fabsf(x[i]) >= fabsf(y[i])) y[i] = x[i];
}

void ck_take_at_least_scalar(
  float *y, const float *x, const float *key, float threshold, size_t count
) {
  for (size_t i = 0; i < count; i++)
    if (key[i] >= threshold) y[i] = x[i];
}

void ck_count_above_scalar(float *counts, const float *x, float threshold, size_t count) {
  for (size_t i = 0; i < count; i++) counts[i] += fabsf(x[i]) > threshold ? 1 : 0;
}

void ck_add_shared_scalar(
  float *y, const float *x, const float *counts, float threshold, float unique, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    if (!(fabsf(x[i]) > threshold)) continue;
    y[i] += counts[i] == 1 ? unique * x[i] : x[i] / counts[i];
  }
}

void ck_add_squared_difference_scalar(
  float *y, const float *a, const float *b, float factor, size_t count
) {
  for (size_t i = 0; i < count; i++) y[i] += factor * (a[i] - b[i]) * (a[i] - b[i]);
}

void ck_magnitude_scalar(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = fabsf(x[i]);
}

void ck_subtract_scalar(float *y, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = a[i] - b[i];
}

void ck_add_rounded_scalar(float *y, const float *x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float part = factor * x[i];
    y[i] += part;
  }
}

void ck_count_shares_scalar(
  size_t *alone, size_t *shared, const float *x, const float *counts, float threshold, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    if (!(fabsf(x[i]) > threshold)) continue;
    if (counts[i] == 1) (*alone)++;
    if (counts[i] > 1) (*shared)++;
  }
}

void ck_keep_between_scalar(
  float *y, const float *key, float low, float high, size_t count
) {
  for (size_t i = 0; i < count; i++)
    if (!(key[i] >= low && key[i] <= high)) y[i] = 0;
}

#define CK_BODY "elect.c"
#include "each_variant.h"

#else  // branch-free forms, which the compiler turns into masked vectors

void V(add_agreeing)(
  float *restrict sum, float *restrict weights, const float *restrict x,
  const float *restrict direction, float weight, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    float part = weight * x[i];
    bool agrees = (direction[i] >= 0) ? part > 0 : part < 0;
    sum[i] += agrees ? part : 0;
    weights[i] += agrees ? weight : 0;
  }
}

void V(divide_guarded)(
  float *restrict y, const float *restrict divisor, float floor, size_t count
) {
  for (size_t i = 0; i < count; i++) y[i] /= divisor[i] > floor ? divisor[i] : floor;
}

void V(divide_nonzero)(float *restrict y, const float *restrict divisor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] /= divisor[i] == 0 ? 1 : divisor[i];
}

void V(near_swap)(float *restrict y, const float *restrict x, float t, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float delta = x[i] - y[i], distance = fabsf(delta) > 1e-6f ? fabsf(delta) : 1e-6f;
    float share = t / distance;
    share = share < 0 ? 0 : share;
    share = share > 1 ? 1 : share;
    float moved = y[i] + share * delta;
    y[i] = share == 1 ? x[i] : moved;
  }
}

void V(take_larger)(float *restrict y, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = fabsf(x[i]) >= fabsf(y[i]) ? x[i] : y[i];
}

void V(take_at_least)(
  float *restrict y, const float *restrict x, const float *restrict key, float threshold,
  size_t count
) {
  for (size_t i = 0; i < count; i++) y[i] = key[i] >= threshold ? x[i] : y[i];
}

void V(count_above)(float *restrict counts, const float *restrict x, float threshold, size_t count) {
  for (size_t i = 0; i < count; i++) counts[i] += fabsf(x[i]) > threshold ? 1.0f : 0.0f;
}

void V(add_shared)(
  float *restrict y, const float *restrict x, const float *restrict counts, float threshold,
  float unique, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    float part = counts[i] == 1 ? unique * x[i] : x[i] / counts[i];
    y[i] += fabsf(x[i]) > threshold ? part : 0;
  }
}

void V(add_squared_difference)(
  float *restrict y, const float *restrict a, const float *restrict b, float factor, size_t count
) {
  for (size_t i = 0; i < count; i++) y[i] += factor * (a[i] - b[i]) * (a[i] - b[i]);
}

void V(magnitude)(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = fabsf(x[i]);
}

void V(subtract)(float *y, const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = a[i] - b[i];
}

// A statement of its own keeps the product from being fused with the sum.
void V(add_rounded)(float *restrict y, const float *restrict x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float part = factor * x[i];
    y[i] += part;
  }
}

void V(count_shares)(
  size_t *alone, size_t *shared, const float *x, const float *counts, float threshold, size_t count
) {
  size_t ones = 0, more = 0;
  for (size_t i = 0; i < count; i++) {
    bool active = fabsf(x[i]) > threshold;
    ones += active & (counts[i] == 1);
    more += active & (counts[i] > 1);
  }
  *alone += ones;
  *shared += more;
}

void V(keep_between)(
  float *restrict y, const float *restrict key, float low, float high, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    bool stays = (key[i] >= low) & (key[i] <= high);
    y[i] = stays ? y[i] : 0;
  }
}
#endif
