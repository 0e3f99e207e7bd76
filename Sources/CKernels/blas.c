#include "blas_library.h"

#include "CKernels.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef void (*sgemm_function)(
  int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a,
  int lda, const float *b, int ldb, float beta, float *c, int ldc);

static struct {
  void *library;
  sgemm_function sgemm;
  void (*set_threads)(int);
  char *(*configuration)(void);
} blas;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Versions before 0.3.22 take AMD's Zen 5 for an unknown processor and run their AVX2 kernels at
// half the rate (117 against 230 GFLOP/s a core measured). Naming the core type before the
// library initialises gives its AVX-512 kernels; a user's own choice is kept.
static void *open_library(void) {
  bool hint = ck_cpu_has_avx512() && !getenv("OPENBLAS_CORETYPE");
  if (hint) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  bool limit = !getenv("OPENBLAS_NUM_THREADS");  // our own pool splits the work
  if (limit) setenv("OPENBLAS_NUM_THREADS", "1", 0);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (hint) unsetenv("OPENBLAS_CORETYPE");
  if (limit) unsetenv("OPENBLAS_NUM_THREADS");
  return library;
}

static void load(void) {
  void *library = open_library();
  if (!library) return;
  blas.library = library;
  blas.sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  blas.set_threads = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  blas.configuration = (char *(*)(void))dlsym(library, "openblas_get_config");
  if (blas.set_threads) blas.set_threads(1);
}

void *ck_blas_symbol(const char *name) {
  pthread_once(&once, load);
  return blas.library ? dlsym(blas.library, name) : NULL;
}

const char *ck_blas_description(void) {
  pthread_once(&once, load);
  if (!blas.sgemm) return NULL;
  return blas.configuration ? blas.configuration() : "BLAS";
}

void ck_blas_set_threads(int threads) {
  pthread_once(&once, load);
  if (blas.set_threads) blas.set_threads(threads);
}

static void scale_rows(size_t m, size_t n, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

void ck_sgemm(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  enum { row_major = 101, plain = 111, transposed = 112 };
  if (m == 0 || n == 0) return;
  if (k == 0) return scale_rows(m, n, beta, c, ldc);
  pthread_once(&once, load);
  if (!blas.sgemm) {
    ck_sgemm_own(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  blas.sgemm(
    row_major, transposeA ? transposed : plain, transposeB ? transposed : plain, (int)m, (int)n,
    (int)k, alpha, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void ck_sgemm_scalar(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  size_t rowA = transposeA ? 1 : lda, stepA = transposeA ? lda : 1;
  size_t columnB = transposeB ? ldb : 1, stepB = transposeB ? 1 : ldb;
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) {
      double sum = 0;
      for (size_t p = 0; p < k; p++)
        sum += (double)a[i * rowA + p * stepA] * b[j * columnB + p * stepB];
      float *out = c + i * ldc + j;
      *out = (float)(alpha * sum + (beta == 0 ? 0 : (double)beta * *out));
    }
  }
}
