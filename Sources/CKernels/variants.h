// Which operations exist, and the declarations of their variants. Private to this room.
#ifndef CKERNELS_VARIANTS_H
#define CKERNELS_VARIANTS_H
#include "CKernels.h"

#define CK_OPERATIONS(X) \
  X(rmsnorm) X(rmsnorm_backward) X(layernorm) X(layernorm_backward) X(rope) X(activation) \
  X(activation_backward) X(gated) X(gated_backward) X(attention_softmax) \
  X(attention_softmax_backward) X(softcap) X(log_sum_update) X(log_prob_backward) \
  X(top_update) X(cached_scores) X(cached_mix) X(matmul_rows) X(dot) X(add) X(multiply) X(scale) \
  X(axpy) X(sum_of_squares) X(all_finite) X(from_bf16) X(from_f16) X(to_bf16) X(to_f16) X(adamw) \
  X(take_farther) X(count_dominant) X(compete) X(unit_range) X(clamp_magnitude) \
  X(wide_dot) X(wide_sum) X(magnitude_sum) X(column_dots) X(subtract) X(magnitude) \
  X(add_agreeing) X(divide_guarded) X(divide_nonzero) X(near_swap) X(take_larger) \
  X(take_at_least) X(count_above) X(add_shared) X(add_squared_difference) X(keep_random) \
  X(softmax_divergence) X(add_rounded) X(count_shares) X(keep_between)

// The function type of a field, so that a definition that strays from the table does not compile.
#define CK_TYPE(name) __typeof__(*((ck_operations *)0)->name)

#define CK_DECLARE(operation) \
  CK_TYPE(operation) ck_##operation##_scalar; \
  CK_TYPE(operation) ck_##operation##_avx2; \
  CK_TYPE(operation) ck_##operation##_avx512; \
  CK_TYPE(operation) ck_##operation##_neon;
CK_OPERATIONS(CK_DECLARE)
#endif
