// Dense linear algebra in f64 on the calling thread: LAPACK where OpenBLAS has it, own code where
// it does not. Every matrix is row-major without gaps. Outputs never overlap inputs.
//
// The `_own` functions are the specification: plain Jacobi, Householder and Cholesky. They agree
// with LAPACK up to rounding and to what the problem leaves free (signs, equal singular values).
#ifndef CKERNELS_LAPACK_H
#define CKERNELS_LAPACK_H
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

typedef enum {
  ck_linear_done,
  ck_linear_failed,     // no convergence, or not positive definite
  ck_linear_no_memory,  // for the working space
  ck_linear_too_large,  // for the 32-bit sizes of LAPACK
} ck_linear_status;

// C = op(A) · op(B) + beta · C in f64; operands and strides as in ck_sgemm.
void ck_dgemm(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, const double *a, size_t lda,
  const double *b, size_t ldb, double beta, double *c, size_t ldc);
void ck_dgemm_own(  // sums in order of k
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, const double *a, size_t lda,
  const double *b, size_t ldb, double beta, double *c, size_t ldc);

// A = U · diag(s) · Vᵀ, s descending, with r = min(m, n).
//   a   (m, n)  finite
//   u   (m, r), or (m, m) when full
//   s   (r,)
//   vT  (r, n), or (n, n) when full
// LAPACK: divide and conquer (dgesdd). Own: one-sided Jacobi (Hestenes), at most 60 sweeps.
ck_linear_status ck_svd(
  size_t m, size_t n, bool full, const double *a, double *u, double *s, double *vT);
ck_linear_status ck_svd_own(
  size_t m, size_t n, bool full, const double *a, double *u, double *s, double *vT);

// A = V · diag(values) · Vᵀ of a symmetric (n, n) matrix whose lower triangle is read, values
// descending, eigenvectors in the columns of `vectors` (n, n). LAPACK: dsyevd. Own: cyclic Jacobi.
ck_linear_status ck_symmetric_eigen(size_t n, const double *a, double *values, double *vectors);
ck_linear_status ck_symmetric_eigen_own(
  size_t n, const double *a, double *values, double *vectors);

// A = L · Lᵀ of a symmetric positive definite (n, n) matrix: reads the lower triangle of `a` and
// overwrites it with L; what is above the diagonal is left as it was.
ck_linear_status ck_cholesky(size_t n, double *a);
ck_linear_status ck_cholesky_own(size_t n, double *a);
// Solves L · Lᵀ · X = B in place: `b` (n, columns) with row stride ldb.
void ck_cholesky_solve(size_t n, size_t columns, const double *l, double *b, size_t ldb);
void ck_cholesky_solve_own(size_t n, size_t columns, const double *l, double *b, size_t ldb);

// A = Q · R with r = min(m, n): `q` (m, r) has orthonormal columns, `upper` (r, n) is upper
// triangular (zero below the diagonal). Householder reflections; R's diagonal has either sign.
ck_linear_status ck_qr(size_t m, size_t n, const double *a, double *q, double *upper);
ck_linear_status ck_qr_own(size_t m, size_t n, const double *a, double *q, double *upper);

#pragma clang assume_nonnull end
#endif
