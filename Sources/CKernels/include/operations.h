// Every operation with a scalar twin and SIMD variants, as one table of functions a variant.
//
// All arrays are f32 row-major and contiguous unless a stride is given; sizes count elements.
// Functions run on the calling thread and may run on many at once; splitting rows over threads is
// the caller's. An output may be one of the inputs where the comment says "in place".
#ifndef CKERNELS_OPERATIONS_H
#define CKERNELS_OPERATIONS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// How the numbers of a weight or a vector are stored. Blocks as in GGUF.
typedef enum ck_type : int32_t {
  ck_f32, ck_bf16, ck_f16,
  ck_q4_0, ck_q4_1, ck_q5_0, ck_q5_1, ck_q8_0,
  ck_q4_k, ck_q5_k, ck_q6_k,
} ck_type;

typedef enum ck_activation : int32_t {
  ck_relu, ck_relu_squared, ck_sigmoid, ck_tanh,
  ck_silu,       // x · sigmoid(x)
  ck_gelu,       // x/2 · (1 + erf(x/√2))
  ck_gelu_tanh,  // x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
  ck_gelu_quick, // x · sigmoid(1.702 x)
} ck_activation;

// What one block of attention scores sees. Rows are queries first_query, first_query + 1, …,
// columns keys first_key, …, both counted from the start of one sequence.
typedef struct ck_attention_block {
  size_t rows, columns, stride;  // stride: elements from a row of scores to the next
  size_t first_query, first_key;
  bool causal;      // a query sees no key after itself
  size_t window;    // 0: none; else only itself and the window − 1 keys before
  float scale;      // multiplies q·k
  float softcap;    // 0: none; else s = cap · tanh(s / cap), after the scale
} ck_attention_block;

typedef struct ck_adamw_step {
  float beta1, beta2, epsilon;
  float decay;              // 1 − lr · weight decay; 1 for none
  float step_size;          // lr / (1 − β1^t)
  float root_correction;    // √(1 − β2^t)
  float gradient_scale;     // clip factor; multiplies the gradient first
} ck_adamw_step;

typedef struct __attribute__((swift_attr("@Sendable"))) ck_operations {
  const char *name;

  // MARK: norms
  // inverse[r] = 1/√(mean(x²) + epsilon); y = x · inverse · (weight + offset), row by row.
  //   x, y (rows, width), in place allowed; weight (width); inverse (rows) is kept for backward
  // Precision: 16 partial sums; relative difference to the twin below 5e-7 up to width 8192.
  void (*rmsnorm)(
    float *y, float *inverse, const float *x, const float *weight, size_t rows, size_t width,
    float epsilon, float offset);
  // dx = inverse · (g − x̂ · mean(g · x̂)), g = dy · (weight + offset), x̂ = x · inverse.
  // Adds dy · x̂ to dWeight (width) unless it is NULL.
  void (*rmsnorm_backward)(
    float *dx, float *_Nullable dWeight, const float *dy, const float *x, const float *weight,
    const float *inverse, size_t rows, size_t width, float offset);
  // y = (x − mean) · inverse · weight + bias; mean and inverse (rows) are kept for backward.
  void (*layernorm)(
    float *y, float *mean, float *inverse, const float *x, const float *weight,
    const float *_Nullable bias, size_t rows, size_t width, float epsilon);
  // Adds to dWeight and dBias (width) unless NULL.
  void (*layernorm_backward)(
    float *dx, float *_Nullable dWeight, float *_Nullable dBias, const float *dy, const float *x,
    const float *weight, const float *mean, const float *inverse, size_t rows, size_t width);

  // MARK: rotary positions
  // Turns the first 2 · half values of each head; the rest are copied. In place allowed.
  //   x, y (rows, heads, headSize); cosines, sines (positions, half)
  //   interleaved: pairs are (2i, 2i + 1) instead of (i, i + half)
  //   direction 1 turns forward, −1 back (the gradient)
  void (*rope)(
    float *y, const float *x, const float *cosines, const float *sines, const int32_t *positions,
    size_t rows, size_t heads, size_t headSize, size_t half, bool interleaved, float direction);

  // MARK: activations (count elements, in place allowed)
  void (*activation)(ck_activation kind, float *y, const float *x, size_t count);
  void (*activation_backward)(
    ck_activation kind, float *dx, const float *dy, const float *x, size_t count);
  // y = act(gate) · up
  void (*gated)(ck_activation kind, float *y, const float *gate, const float *up, size_t count);
  void (*gated_backward)(
    ck_activation kind, float *dGate, float *dUp, const float *dy, const float *gate,
    const float *up, size_t count);

  // MARK: softmax
  // Scores q·k to probabilities in place; hidden keys get 0. logSum (rows) is the logarithm of
  // each row's sum of exponentials, for backward.
  void (*attention_softmax)(float *scores, float *logSum, const ck_attention_block *block);
  // From scores q·k, d(probabilities), logSum and delta (rows; Σ dOutput · output): scores become
  // probabilities, dProbs become d(q·k).
  void (*attention_softmax_backward)(
    float *scores, float *dProbs, const float *logSum, const float *delta,
    const ck_attention_block *block);
  // x = cap · tanh(x / cap), in place.
  void (*softcap)(float *x, size_t count, float cap);
  // Merges the row x into a running maximum and sum of exp(x − maximum).
  void (*log_sum_update)(const float *x, size_t count, float *maximum, double *sum);
  // The gradient of the log-probs of some entries of a row of logits, on a part of the row: x, the
  // logits of the tokens first..<first + count, becomes
  // Σ_e dEntries[e] · (1[token = ids[e]] − exp(x − logSum)), times 1 − (x/cap)² when cap > 0.
  //   ids, dEntries (entries): all of the row's, also those outside the part; ids may repeat
  //   kept (entries): scratch
  void (*log_prob_backward)(
    float *x, size_t first, size_t count, float logSum, const int32_t *ids,
    const float *dEntries, float *kept, size_t entries, float cap);
  // Merges x, the tokens first..<first + count of a row, into its `capacity` ≥ 1 largest so far:
  // values descending and their ids, of equal values the lowest id first. Start with values −∞,
  // and give the parts of a row in ascending order. −∞ and NaN are never kept.
  // Cost: reads x once, as long as few values pass the lowest kept.
  void (*top_update)(
    const float *x, size_t first, size_t count, float *values, int32_t *ids, size_t capacity);

  // MARK: attention over cached keys and values
  // scores[h · strideScores + j] = q[h] · keys[j] for the `heads` query heads that share one
  // key head; keys are rows of headSize values, strideKeys apart.
  void (*cached_scores)(
    float *scores, size_t strideScores, const float *q, size_t heads, const float *keys,
    size_t strideKeys, size_t count, size_t headSize);
  // out[h] += Σ probs[h · strideProbs + j] · values[j]; out is (heads, headSize).
  void (*cached_mix)(
    float *out, const float *probs, size_t strideProbs, size_t heads, const float *values,
    size_t strideValues, size_t count, size_t headSize);

  // MARK: matrix times few rows (decoding)
  // y[r · strideY + j] = Σ x[r · strideX + i] · weight[j · width + i] (+ bias[j]) for j < columns.
  // weight is (columns, width) f32, bf16 or f16. Reads each weight once for up to 16 rows.
  void (*matmul_rows)(
    float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
    const void *weight, size_t columns, size_t width, const float *_Nullable bias);
  // Σ a · b
  float (*dot)(const float *a, const float *b, size_t count);

  // MARK: elementwise (count elements, in place allowed)
  void (*add)(float *y, const float *a, const float *b, size_t count);
  void (*multiply)(float *y, const float *a, const float *b, size_t count);
  void (*scale)(float *y, const float *x, float factor, size_t count);
  void (*axpy)(float *y, const float *x, float factor, size_t count);  // y += factor · x
  double (*sum_of_squares)(const float *x, size_t count);
  bool (*all_finite)(const float *x, size_t count);
  // f32 to 16 bits rounds to nearest even; NaN stays a (quiet) NaN, overflow becomes infinity.
  void (*from_bf16)(float *y, const uint16_t *x, size_t count);
  void (*from_f16)(float *y, const uint16_t *x, size_t count);
  void (*to_bf16)(uint16_t *y, const float *x, size_t count);
  void (*to_f16)(uint16_t *y, const float *x, size_t count);

  // MARK: merging (count elements; x and y apart unless in place is said)
  // Sums in double over pieces of four vectors.
  double (*wide_dot)(const float *a, const float *b, size_t count);
  double (*wide_sum)(const float *x, size_t count);
  double (*magnitude_sum)(const float *x, size_t count);  // Σ |x|
  // Σ p · ln(p / q) with p = softmax(x) + floor and q = softmax(y) + floor, floor > 0. In double;
  // NaN where x or y holds NaN or +∞.
  double (*softmax_divergence)(const float *x, const float *y, double floor, size_t count);
  // sums[i] += a[i] · b[i]: dot products of the columns of two matrices, row after row.
  void (*column_dots)(double *sums, const float *a, const float *b, size_t count);
  void (*subtract)(float *y, const float *a, const float *b, size_t count);  // a − b, in place
  void (*magnitude)(float *y, const float *x, size_t count);                 // |x|, in place
  // Where weight · x has the sign of direction (≥ 0 counts as positive; 0 never agrees):
  // sum += weight · x, weights += weight.
  void (*add_agreeing)(
    float *sum, float *weights, const float *x, const float *direction, float weight,
    size_t count);
  // y / max(divisor, floor)
  void (*divide_guarded)(float *y, const float *divisor, float floor, size_t count);
  void (*divide_nonzero)(float *y, const float *divisor, size_t count);  // by 1 where it is 0
  // y moves towards x by at most t: y + clamp(t / max(|x − y|, 1e-6), 0, 1) · (x − y).
  void (*near_swap)(float *y, const float *x, float t, size_t count);
  void (*take_larger)(float *y, const float *x, size_t count);  // x where |x| ≥ |y|
  void (*take_at_least)(  // x where key ≥ threshold
    float *y, const float *x, const float *key, float threshold, size_t count);
  // counts += |x| > threshold
  void (*count_above)(float *counts, const float *x, float threshold, size_t count);
  // Where |x| > threshold: y += unique · x if counts is 1, else x / counts.
  void (*add_shared)(
    float *y, const float *x, const float *counts, float threshold, float unique, size_t count);
  void (*add_squared_difference)(  // y += factor · (a − b)²
    float *y, const float *a, const float *b, float factor, size_t count);
  // max(x, y) where direction > 0, else min(x, y)
  void (*take_farther)(float *y, const float *x, const float *direction, size_t count);
  void (*count_dominant)(  // counts += |x| > factor · |total − x|
    float *counts, const float *x, const float *total, float factor, size_t count);
  // e^(models · (share² − 1)) · tanh(x · total), where share is the place of |x| between low and
  // high, clamped to 0…1; 1 where high = low. Precision: relative difference to the twin below
  // 2e-6.
  void (*compete)(
    float *y, const float *x, const float *total, float low, float high, float models,
    size_t count);
  // y = clamp((y − low) / (high − low), 0, 1), in place; where high = low: 1 for positive y ≥ high,
  // else 0.
  void (*unit_range)(float *y, float low, float high, size_t count);
  // y keeps its sign, |y| is clamped to low…high, and 0 stays 0. In place.
  void (*clamp_magnitude)(float *y, float low, float high, size_t count);
  // Zeroes x[i] unless draw number first + i of (seed, stream) lies below probabilities[i], or
  // below `probability` where there are none. Draws are multiples of 2⁻²⁴ in [0, 1).
  void (*keep_random)(
    float *x, const float *_Nullable probabilities, float probability, uint64_t first,
    size_t count, uint64_t stream, uint64_t seed);
  // y += factor · x, the product rounded first: equal and opposite products cancel to 0, which a
  // fused multiply-add would not give.
  void (*add_rounded)(float *y, const float *x, float factor, size_t count);
  // Of the elements with |x| > threshold, adds how many have counts 1 and how many more than 1.
  void (*count_shares)(
    size_t *alone, size_t *shared, const float *x, const float *counts, float threshold,
    size_t count);
  // Zeroes y where not low ≤ key ≤ high.
  void (*keep_between)(float *y, const float *key, float low, float high, size_t count);

  // MARK: optimiser
  // One AdamW update as torch does it: decay first, then
  // p −= step_size · m / (√v / root_correction + epsilon).
  void (*adamw)(
    float *parameter, float *m, float *v, const float *gradient, size_t count,
    const ck_adamw_step *step);
} ck_operations;

// The variants this processor can run, plainest (the scalar twins) first. NULL past the last.
const ck_operations *_Nullable ck_operations_variant(size_t index);
// The fastest of them, or the one CRUCIBLE_SIMD names (scalar, avx2, avx512, neon).
const ck_operations *ck_operations_best(void);

#pragma clang assume_nonnull end
#endif
