#include "blas_library.h"

#include "CKernels.h"

#include <limits.h>
#include <pthread.h>

typedef void (*dgemm_function)(
  int order, int transposeA, int transposeB, int m, int n, int k, double alpha, const double *a,
  int lda, const double *b, int ldb, double beta, double *c, int ldc);

static dgemm_function dgemm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) { dgemm = (dgemm_function)ck_blas_symbol("cblas_dgemm"); }

void ck_dgemm(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, const double *a, size_t lda,
  const double *b, size_t ldb, double beta, double *c, size_t ldc) {
  enum { row_major = 101, plain = 111, transposed = 112 };
  pthread_once(&once, load);
  bool fits = (m | n | k | lda | ldb | ldc) <= INT_MAX;
  if (!dgemm || !fits || m == 0 || n == 0 || k == 0) {
    ck_dgemm_own(transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  dgemm(
    row_major, transposeA ? transposed : plain, transposeB ? transposed : plain, (int)m, (int)n,
    (int)k, 1, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

// Row by row of C as sums of rows of B, which vectorises; dot products when B lies transposed.
void ck_dgemm_own(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, const double *a, size_t lda,
  const double *b, size_t ldb, double beta, double *c, size_t ldc) {
  size_t rowA = transposeA ? 1 : lda, stepA = transposeA ? lda : 1;
  for (size_t i = 0; i < m; i++) {
    double *out = c + i * ldc;
    for (size_t j = 0; j < n; j++) out[j] = beta == 0 ? 0 : beta * out[j];
    if (transposeB) {
      for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t p = 0; p < k; p++) sum += a[i * rowA + p * stepA] * b[j * ldb + p];
        out[j] += sum;
      }
    } else {
      for (size_t p = 0; p < k; p++) {
        double factor = a[i * rowA + p * stepA];
        for (size_t j = 0; j < n; j++) out[j] += factor * b[p * ldb + j];
      }
    }
  }
}
