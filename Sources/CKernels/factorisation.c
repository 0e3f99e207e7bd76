#include "CKernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// MARK: Cholesky

ck_linear_status ck_cholesky_own(size_t n, double *a) {
  for (size_t j = 0; j < n; j++) {
    double *row = a + j * n, pivot = row[j];
    for (size_t p = 0; p < j; p++) pivot -= row[p] * row[p];
    if (!(pivot > 0)) return ck_linear_failed;
    row[j] = sqrt(pivot);
    for (size_t i = j + 1; i < n; i++) {
      double sum = a[i * n + j];
      for (size_t p = 0; p < j; p++) sum -= a[i * n + p] * row[p];
      a[i * n + j] = sum / row[j];
    }
  }
  return ck_linear_done;
}

// to -= factor · from, row by row of a right-hand side.
static void subtract(double *to, const double *from, double factor, size_t count) {
  for (size_t c = 0; c < count; c++) to[c] -= factor * from[c];
}

void ck_cholesky_solve_own(size_t n, size_t columns, const double *l, double *b, size_t ldb) {
  for (size_t i = 0; i < n; i++) {  // L · Y = B
    for (size_t p = 0; p < i; p++) subtract(b + i * ldb, b + p * ldb, l[i * n + p], columns);
    for (size_t c = 0; c < columns; c++) b[i * ldb + c] /= l[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {  // Lᵀ · X = Y
    for (size_t p = i + 1; p < n; p++) subtract(b + i * ldb, b + p * ldb, l[p * n + i], columns);
    for (size_t c = 0; c < columns; c++) b[i * ldb + c] /= l[i * n + i];
  }
}

// MARK: QR

// x -= tau · v · (v·x) with v = (1, tail).
static void reflect(double *x, const double *tail, double tau, size_t count) {
  double along = x[0];
  for (size_t i = 1; i < count; i++) along += tail[i] * x[i];
  x[0] -= tau * along;
  for (size_t i = 1; i < count; i++) x[i] -= tau * along * tail[i];
}

// Turns x into (beta, 0, …): x[0] becomes beta, the rest the tail of the reflection's vector.
// The factor tau, 0 when x has that form already.
static double make_reflection(double *x, size_t count) {
  double squares = 0;
  for (size_t i = 1; i < count; i++) squares += x[i] * x[i];
  if (squares == 0) return 0;
  double alpha = x[0], beta = -copysign(sqrt(alpha * alpha + squares), alpha);
  for (size_t i = 1; i < count; i++) x[i] /= alpha - beta;
  x[0] = beta;
  return (beta - alpha) / beta;
}

// Householder reflections over `w`, the columns of A as rows (n, m); the tails stay below the
// diagonal of R. Then Q as the reflections, last first, of unit vectors.
ck_linear_status ck_qr_own(size_t m, size_t n, const double *a, double *q, double *upper) {
  size_t r = m < n ? m : n;
  double *w = malloc((m * n + r + m + 1) * sizeof *w), *tau = w + m * n, *column = tau + r;
  if (!w) return ck_linear_no_memory;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) w[j * m + i] = a[i * n + j];
  for (size_t k = 0; k < r; k++) {
    double *x = w + k * m + k;
    tau[k] = make_reflection(x, m - k);
    for (size_t j = k + 1; j < n; j++) reflect(w + j * m + k, x, tau[k], m - k);
  }
  for (size_t i = 0; i < r; i++)
    for (size_t j = 0; j < n; j++) upper[i * n + j] = j < i ? 0 : w[j * m + i];
  for (size_t k = 0; k < r; k++) {
    memset(column, 0, m * sizeof *column);
    column[k] = 1;
    for (size_t p = k + 1; p-- > 0;) reflect(column + p, w + p * m + p, tau[p], m - p);
    for (size_t i = 0; i < m; i++) q[i * r + k] = column[i];
  }
  free(w);
  return ck_linear_done;
}
