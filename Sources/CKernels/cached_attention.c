#ifndef CK_VARIANT
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

#define CK_BODY "cached_attention.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

// Four keys at a time share the loads of q.
void V(cached_scores)(
  float *scores, size_t strideScores, const float *q, size_t heads, const float *keys,
  size_t strideKeys, size_t count, size_t headSize) {
  size_t whole = headSize / CK_LANES * CK_LANES;
  for (size_t j = 0; j < count; j += 4) {
    size_t some = count - j < 4 ? count - j : 4;
    const float *key[4];
    for (size_t n = 0; n < 4; n++) key[n] = keys + (j + (n < some ? n : 0)) * strideKeys;
    for (size_t h = 0; h < heads; h++) {
      const float *query = q + h * headSize;
      vf sum[4] = {0};
      for (size_t i = 0; i < whole; i += CK_LANES) {
        vf values = vload(query + i);
        for (int n = 0; n < 4; n++) sum[n] = vfma(values, vload(key[n] + i), sum[n]);
      }
      vfour sums = vsum4(sum[0], sum[1], sum[2], sum[3]);
      for (size_t n = 0; n < some; n++) {
        float total = sums[n];
        for (size_t i = whole; i < headSize; i++) total += query[i] * key[n][i];
        scores[h * strideScores + j + n] = total;
      }
    }
  }
}

// A strip of the head stays in registers over all keys.
CK_INLINE void CK_OWN(mix)(
  float *out, const float *probs, const float *values, size_t strideValues, size_t count,
  int vectors) {
  vf sum[4];
  for (int n = 0; n < vectors; n++) sum[n] = vload(out + n * CK_LANES);
  for (size_t j = 0; j < count; j++)
    for (int n = 0; n < vectors; n++)
      sum[n] = vfma((vf)probs[j], vload(values + j * strideValues + n * CK_LANES), sum[n]);
  for (int n = 0; n < vectors; n++) vstore(out + n * CK_LANES, sum[n]);
}

void V(cached_mix)(
  float *out, const float *probs, size_t strideProbs, size_t heads, const float *values,
  size_t strideValues, size_t count, size_t headSize) {
  for (size_t h = 0; h < heads; h++, out += headSize, probs += strideProbs) {
    size_t i = 0;
    for (; i + 4 * CK_LANES <= headSize; i += 4 * CK_LANES)
      CK_OWN(mix)(out + i, probs, values + i, strideValues, count, 4);
    for (; i + CK_LANES <= headSize; i += CK_LANES)
      CK_OWN(mix)(out + i, probs, values + i, strideValues, count, 1);
    for (; i < headSize; i++)
      for (size_t j = 0; j < count; j++) out[i] += probs[j] * values[j * strideValues + i];
  }
}

#endif
