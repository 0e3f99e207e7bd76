// Matrix products: OpenBLAS when it is there, own kernels when it is not.
#ifndef CKERNELS_BLAS_H
#define CKERNELS_BLAS_H
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

// C = alpha · op(A) · op(B) + beta · C on the calling thread, all f32 row-major.
//   op(A)  (m, k): A is stored (m, k) with row stride lda, or (k, m) when transposeA
//   op(B)  (k, n): B is stored (k, n) with row stride ldb, or (n, k) when transposeB
//   C      (m, n), row stride ldc; not read when beta is 0
void ck_sgemm(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
void ck_sgemm_own(  // what ck_sgemm does without OpenBLAS: the same, at about half its rate
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
void ck_sgemm_scalar(  // the specification: sums in double, in order of k
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

// The library's name and configuration, NULL when it could not be loaded.
const char *_Nullable ck_blas_description(void);
// Threads OpenBLAS itself may use in ck_sgemm: 1 unless a benchmark changes it.
void ck_blas_set_threads(int threads);

#pragma clang assume_nonnull end
#endif
