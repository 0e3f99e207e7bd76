#include "variants.h"

void ck_cached_scores_scalar(
  float *scores, size_t strideScores, const float *q, size_t heads, const float *keys,
  size_t strideKeys, size_t count, size_t headSize) {
  for (size_t h = 0; h < heads; h++)
    for (size_t j = 0; j < count; j++)
      scores[h * strideScores + j] =
        ck_dot_scalar(q + h * headSize, keys + j * strideKeys, headSize);
}

void ck_cached_mix_scalar(
  float *out, const float *probs, size_t strideProbs, size_t heads, const float *values,
  size_t strideValues, size_t count, size_t headSize) {
  for (size_t h = 0; h < heads; h++) {
    for (size_t i = 0; i < headSize; i++) {
      double sum = out[h * headSize + i];
      for (size_t j = 0; j < count; j++)
        sum += (double)probs[h * strideProbs + j] * values[j * strideValues + i];
      out[h * headSize + i] = (float)sum;
    }
  }
}
