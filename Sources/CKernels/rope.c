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
