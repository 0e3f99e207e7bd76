// Steps of rules in which task vectors vote on every element.
#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

void ck_take_farther_scalar(float *y, const float *x, const float *direction, size_t count) {
  for (size_t i = 0; i < count; i++) {
    bool isFarther = direction[i] > 0 ? x[i] > y[i] : x[i] < y[i];
    if (isFarther) y[i] = x[i];
  }
}

void ck_count_dominant_scalar(
  float *counts, const float *x, const float *total, float factor, size_t count
) {
  for (size_t i = 0; i < count; i++)
    counts[i] += fabsf(x[i]) > factor * fabsf(total[i] - x[i]) ? 1 : 0;
}

void ck_compete_scalar(
  float *y, const float *x, const float *total, float low, float high, float models, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    float magnitude = fminf(fmaxf(fabsf(x[i]), low), high);
    float share = high > low ? (magnitude - low) / (high - low) : 1;
    y[i] = expf(models * (share * share - 1)) * tanhf(x[i] * total[i]);
  }
}

void ck_unit_range_scalar(float *y, float low, float high, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float share = high > low ? (y[i] - low) / (high - low) : y[i] >= high && y[i] > 0;
    y[i] = fminf(fmaxf(share, 0), 1);
  }
}

void ck_clamp_magnitude_scalar(float *y, float low, float high, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (y[i] != 0) y[i] = copysignf(fminf(fmaxf(fabsf(y[i]), low), high), y[i]);
}

#define CK_BODY "vote.c"
#include "each_variant.h"

#else  // branch-free forms

void V(take_farther)(
  float *restrict y, const float *restrict x, const float *restrict direction, size_t count
) {
  for (size_t i = 0; i < count; i++) {
    float above = x[i] > y[i] ? x[i] : y[i], below = x[i] < y[i] ? x[i] : y[i];
    y[i] = direction[i] > 0 ? above : below;
  }
}

void V(count_dominant)(
  float *restrict counts, const float *restrict x, const float *restrict total, float factor,
  size_t count
) {
  for (size_t i = 0; i < count; i++)
    counts[i] += fabsf(x[i]) > factor * fabsf(total[i] - x[i]) ? 1.0f : 0.0f;
}

#define competition CK_OWN(competition)
CK_INLINE vf competition(vf x, vf total, float low, float high, float models) {
  vf magnitude = __builtin_elementwise_max(__builtin_elementwise_abs(x), (vf)low);
  magnitude = __builtin_elementwise_min(magnitude, (vf)high);
  vf share = high > low ? (magnitude - low) / (high - low) : (vf)1.0f;
  return vexp(models * (share * share - 1.0f)) * vtanh(x * total);
}

void V(compete)(
  float *restrict y, const float *restrict x, const float *restrict total, float low, float high,
  float models, size_t count
) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES)
    vstore(y + i, competition(vload(x + i), vload(total + i), low, high, models));
  size_t rest = count - i;
  vf x1 = vload_part(x + i, rest, 0), total1 = vload_part(total + i, rest, 0);
  vstore_part(y + i, competition(x1, total1, low, high, models), rest);
}
#undef competition

void V(unit_range)(float *y, float low, float high, size_t count) {
  if (!(high > low)) return ck_unit_range_scalar(y, low, high, count);
  for (size_t i = 0; i < count; i++) {
    float share = (y[i] - low) / (high - low);
    share = share > 0 ? share : 0;
    y[i] = share < 1 ? share : 1;
  }
}

void V(clamp_magnitude)(float *y, float low, float high, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float magnitude = fabsf(y[i]) > low ? fabsf(y[i]) : low;
    magnitude = magnitude < high ? magnitude : high;
    y[i] = y[i] == 0 ? 0 : copysignf(magnitude, y[i]);
  }
}
#endif
