#include "variants.h"

#include <math.h>

// The keys of `block` that query row r sees, as columns from..<to.
static void visible(const ck_attention_block *block, size_t r, size_t *from, size_t *to) {
  size_t query = block->first_query + r, last = block->first_key + block->columns;
  size_t first = block->first_key;
  if (block->causal && query + 1 < last) last = query + 1;
  if (block->window && query + 1 > block->window && query + 1 - block->window > first)
    first = query + 1 - block->window;
  *from = first - block->first_key;
  *to = last > first ? last - block->first_key : *from;
}

static float shaped(float score, const ck_attention_block *block) {
  float scaled = score * block->scale;
  return block->softcap > 0 ? block->softcap * tanhf(scaled / block->softcap) : scaled;
}

void ck_attention_softmax_scalar(float *scores, float *logSum, const ck_attention_block *block) {
  for (size_t r = 0; r < block->rows; r++) {
    float *row = scores + r * block->stride, maximum = -INFINITY;
    size_t from, to;
    visible(block, r, &from, &to);
    for (size_t j = from; j < to; j++) {
      row[j] = shaped(row[j], block);
      if (row[j] > maximum) maximum = row[j];
    }
    double sum = 0;
    for (size_t j = from; j < to; j++) sum += row[j] = expf(row[j] - maximum);
    for (size_t j = 0; j < block->columns; j++)
      row[j] = j >= from && j < to ? (float)(row[j] / sum) : 0;
    logSum[r] = maximum + (float)log(sum);
  }
}

void ck_attention_softmax_backward_scalar(
  float *scores, float *dProbs, const float *logSum, const float *delta,
  const ck_attention_block *block) {
  for (size_t r = 0; r < block->rows; r++) {
    float *row = scores + r * block->stride, *d = dProbs + r * block->stride;
    size_t from, to;
    visible(block, r, &from, &to);
    for (size_t j = 0; j < block->columns; j++) {
      if (j < from || j >= to) {
        row[j] = d[j] = 0;
        continue;
      }
      float score = shaped(row[j], block), capped = score / block->softcap;
      row[j] = expf(score - logSum[r]);
      d[j] = row[j] * (d[j] - delta[r]) * block->scale;
      if (block->softcap > 0) d[j] *= 1 - capped * capped;
    }
  }
}

void ck_softcap_scalar(float *x, size_t count, float cap) {
  for (size_t i = 0; i < count; i++) x[i] = cap * tanhf(x[i] / cap);
}

void ck_log_sum_update_scalar(const float *x, size_t count, float *maximum, double *sum) {
  float highest = *maximum;
  for (size_t i = 0; i < count; i++)
    if (x[i] > highest) highest = x[i];
  double total = *sum > 0 ? *sum * exp((double)*maximum - highest) : 0;
  for (size_t i = 0; i < count; i++) total += expf(x[i] - highest);
  *maximum = highest;
  *sum = total;
}

void ck_log_prob_backward_scalar(
  float *x, size_t count, float logSum, int64_t label, float dLogProb, float cap) {
  for (size_t i = 0; i < count; i++) {
    float score = x[i], hit = (int64_t)i == label ? 1 : 0;
    x[i] = dLogProb * (hit - expf(score - logSum));
    if (cap > 0) x[i] *= 1 - score / cap * (score / cap);
  }
}
