#ifndef CK_VARIANT
#include "variants.h"

#include <string.h>

void ck_rope_scalar(
  float *y, const float *x, const float *cosines, const float *sines, const int32_t *positions,
  size_t rows, size_t heads, size_t headSize, size_t half, bool interleaved, float direction) {
  size_t step = interleaved ? 2 : 1, partner = interleaved ? 1 : half;
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosines + (size_t)positions[r] * half;
    const float *s = sines + (size_t)positions[r] * half;
    for (size_t h = 0; h < heads; h++, x += headSize, y += headSize) {
      for (size_t i = 0; i < half; i++) {
        float first = x[i * step], second = x[i * step + partner], sine = direction * s[i];
        y[i * step] = first * c[i] - second * sine;
        y[i * step + partner] = second * c[i] + first * sine;
      }
      if (y != x) memcpy(y + 2 * half, x + 2 * half, (headSize - 2 * half) * sizeof *x);
    }
  }
}

#define CK_BODY "rope.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

CK_INLINE void CK_OWN(turn)(
  float *y, const float *x, const float *c, const float *s, size_t half, float direction) {
  size_t i = 0;
  for (; i + CK_LANES <= half; i += CK_LANES) {
    vf first = vload(x + i), second = vload(x + half + i);
    vf cosine = vload(c + i), sine = direction * vload(s + i);
    vstore(y + i, first * cosine - second * sine);
    vstore(y + half + i, second * cosine + first * sine);
  }
  for (; i < half; i++) {
    float first = x[i], second = x[half + i], sine = direction * s[i];
    y[i] = first * c[i] - second * sine;
    y[half + i] = second * c[i] + first * sine;
  }
}

void V(rope)(
  float *y, const float *x, const float *cosines, const float *sines, const int32_t *positions,
  size_t rows, size_t heads, size_t headSize, size_t half, bool interleaved, float direction) {
  if (interleaved) {
    ck_rope_scalar(
      y, x, cosines, sines, positions, rows, heads, headSize, half, interleaved, direction);
    return;
  }
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosines + (size_t)positions[r] * half;
    const float *s = sines + (size_t)positions[r] * half;
    for (size_t h = 0; h < heads; h++, x += headSize, y += headSize) {
      CK_OWN(turn)(y, x, c, s, half, direction);
      if (y != x && headSize > 2 * half)
        memcpy(y + 2 * half, x + 2 * half, (headSize - 2 * half) * sizeof *x);
    }
  }
}

#endif
