#include "blas_library.h"

#include "CKernels.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// LAPACK is column-major: what it takes for A is the transpose of our A. So the SVD's U and Vᵀ
// change places, an LQ factorisation gives our QR, and "upper" names our lower triangle; nothing
// is ever transposed in memory but the eigenvectors. Lengths of character arguments come last.
static struct {
  void (*gesdd)(
    const char *job, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
    const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork,
    int *info, size_t);
  void (*syevd)(
    const char *job, const char *triangle, const int *n, double *a, const int *lda, double *w,
    double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
  void (*potrf)(
    const char *triangle, const int *n, double *a, const int *lda, int *info, size_t);
  void (*trsm)(
    int order, int side, int triangle, int transpose, int diagonal, int m, int n, double alpha,
    const double *a, int lda, double *b, int ldb);
  void (*gelqf)(
    const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
    const int *lwork, int *info);
  void (*orglq)(
    const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
    double *work, const int *lwork, int *info);
} lapack;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  *(void **)&lapack.gesdd = ck_blas_symbol("dgesdd_");
  *(void **)&lapack.syevd = ck_blas_symbol("dsyevd_");
  *(void **)&lapack.potrf = ck_blas_symbol("dpotrf_");
  *(void **)&lapack.trsm = ck_blas_symbol("cblas_dtrsm");
  *(void **)&lapack.gelqf = ck_blas_symbol("dgelqf_");
  *(void **)&lapack.orglq = ck_blas_symbol("dorglq_");
}

// The size of a working array that LAPACK asked for, 0 when it cannot be told in an int.
static int work_size(double wanted) { return wanted < INT_MAX ? (int)wanted + 1 : 0; }

// MARK: Singular values

static ck_linear_status svd_by_lapack(
  int m, int n, bool full, double *copy, double *u, double *s, double *vT) {
  int r = m < n ? m : n, ldLeft = n, ldRight = full ? m : r, info = 0, query = -1;
  const char *job = full ? "A" : "S";
  int *iwork = malloc(8 * (size_t)r * sizeof *iwork);
  if (!iwork) return ck_linear_no_memory;
  double wanted = 0;
  lapack.gesdd(
    job, &n, &m, copy, &n, s, vT, &ldLeft, u, &ldRight, &wanted, &query, iwork, &info, 1);
  int size = work_size(wanted);
  double *work = size ? malloc((size_t)size * sizeof *work) : NULL;
  if (work)
    lapack.gesdd(
      job, &n, &m, copy, &n, s, vT, &ldLeft, u, &ldRight, work, &size, iwork, &info, 1);
  bool done = work != NULL;
  free(work);
  free(iwork);
  if (!done) return size ? ck_linear_no_memory : ck_linear_too_large;
  return info == 0 ? ck_linear_done : ck_linear_failed;
}

ck_linear_status ck_svd(
  size_t m, size_t n, bool full, const double *a, double *u, double *s, double *vT) {
  pthread_once(&once, load);
  if (!lapack.gesdd || m == 0 || n == 0) return ck_svd_own(m, n, full, a, u, s, vT);
  size_t smaller = m < n ? m : n;
  // The workspace of dgesdd is at least 4·r² and counted in an int.
  if (m > INT_MAX || n > INT_MAX || smaller > 20000) return ck_linear_too_large;
  double *copy = malloc(m * n * sizeof *copy);
  if (!copy) return ck_linear_no_memory;
  memcpy(copy, a, m * n * sizeof *copy);
  ck_linear_status status = svd_by_lapack((int)m, (int)n, full, copy, u, s, vT);
  free(copy);
  // Divide and conquer fails to converge for a few matrices; Jacobi does not.
  return status == ck_linear_failed ? ck_svd_own(m, n, full, a, u, s, vT) : status;
}

// MARK: Eigenvalues

// LAPACK's ascending eigenvectors in rows to descending ones in columns.
static void reverse_and_transpose(int n, const double *rows, double *values, double *vectors) {
  for (int i = 0; i < n / 2; i++) {
    double value = values[i];
    values[i] = values[n - 1 - i];
    values[n - 1 - i] = value;
  }
  for (size_t i = 0; i < (size_t)n; i++)
    for (size_t j = 0; j < (size_t)n; j++)
      vectors[j * (size_t)n + ((size_t)n - 1 - i)] = rows[i * (size_t)n + j];
}

static ck_linear_status eigen_by_lapack(int n, double *copy, double *values, double *vectors) {
  int info = 0, query = -1, iwanted = 0;
  double wanted = 0;
  lapack.syevd(
    "V", "U", &n, copy, &n, values, &wanted, &query, &iwanted, &query, &info, 1, 1);
  int size = work_size(wanted);
  if (!size) return ck_linear_too_large;
  double *work = malloc((size_t)size * sizeof *work);
  int *iwork = malloc(((size_t)iwanted + 1) * sizeof *iwork);
  bool done = work && iwork;
  if (done)
    lapack.syevd(
      "V", "U", &n, copy, &n, values, work, &size, iwork, &iwanted, &info, 1, 1);
  free(work);
  free(iwork);
  if (!done) return ck_linear_no_memory;
  if (info != 0) return ck_linear_failed;
  reverse_and_transpose(n, copy, values, vectors);
  return ck_linear_done;
}

ck_linear_status ck_symmetric_eigen(size_t n, const double *a, double *values, double *vectors) {
  pthread_once(&once, load);
  if (!lapack.syevd || n == 0) return ck_symmetric_eigen_own(n, a, values, vectors);
  if (n > 30000) return ck_linear_too_large;  // its workspace is 2·n² and counted in an int
  double *copy = malloc(n * n * sizeof *copy);
  if (!copy) return ck_linear_no_memory;
  memcpy(copy, a, n * n * sizeof *copy);
  ck_linear_status status = eigen_by_lapack((int)n, copy, values, vectors);
  free(copy);
  return status == ck_linear_failed ? ck_symmetric_eigen_own(n, a, values, vectors) : status;
}

// MARK: Cholesky

ck_linear_status ck_cholesky(size_t n, double *a) {
  pthread_once(&once, load);
  if (!lapack.potrf || n == 0) return ck_cholesky_own(n, a);
  if (n > INT_MAX) return ck_linear_too_large;
  int size = (int)n, info = 0;
  lapack.potrf("U", &size, a, &size, &info, 1);
  return info == 0 ? ck_linear_done : ck_linear_failed;
}

void ck_cholesky_solve(size_t n, size_t columns, const double *l, double *b, size_t ldb) {
  enum { row_major = 101, plain = 111, transposed = 112, lower = 122, given = 131, left = 141 };
  pthread_once(&once, load);
  if (!lapack.trsm || n == 0 || columns == 0 || (n | columns | ldb) > INT_MAX) {
    ck_cholesky_solve_own(n, columns, l, b, ldb);
    return;
  }
  int size = (int)n, width = (int)columns, stride = (int)ldb;
  lapack.trsm(row_major, left, lower, plain, given, size, width, 1, l, size, b, stride);
  lapack.trsm(row_major, left, lower, transposed, given, size, width, 1, l, size, b, stride);
}

// MARK: QR

static ck_linear_status qr_by_lapack(int m, int n, double *copy, double *q, double *upper) {
  int r = m < n ? m : n, info = 0, query = -1;
  double wanted = 0, wantedToo = 0, tau0 = 0;
  lapack.gelqf(&n, &m, copy, &n, &tau0, &wanted, &query, &info);
  lapack.orglq(&r, &m, &r, copy, &n, &tau0, &wantedToo, &query, &info);
  int size = work_size(wanted > wantedToo ? wanted : wantedToo);
  if (!size) return ck_linear_too_large;
  double *work = malloc(((size_t)size + (size_t)r) * sizeof *work);
  if (!work) return ck_linear_no_memory;
  double *tau = work + size;
  lapack.gelqf(&n, &m, copy, &n, tau, work, &size, &info);
  size_t width = (size_t)n, rank = (size_t)r;
  for (size_t i = 0; i < rank; i++)
    for (size_t j = 0; j < width; j++) upper[i * width + j] = j < i ? 0 : copy[i * width + j];
  if (info == 0) lapack.orglq(&r, &m, &r, copy, &n, tau, work, &size, &info);
  for (size_t i = 0; i < (size_t)m; i++)
    memcpy(q + i * rank, copy + i * width, rank * sizeof *q);
  free(work);
  return info == 0 ? ck_linear_done : ck_linear_failed;
}

ck_linear_status ck_qr(size_t m, size_t n, const double *a, double *q, double *upper) {
  pthread_once(&once, load);
  if (!lapack.gelqf || !lapack.orglq || m == 0 || n == 0) return ck_qr_own(m, n, a, q, upper);
  if (m > INT_MAX || n > INT_MAX) return ck_linear_too_large;
  double *copy = malloc(m * n * sizeof *copy);
  if (!copy) return ck_linear_no_memory;
  memcpy(copy, a, m * n * sizeof *copy);
  ck_linear_status status = qr_by_lapack((int)m, (int)n, copy, q, upper);
  free(copy);
  return status;
}
