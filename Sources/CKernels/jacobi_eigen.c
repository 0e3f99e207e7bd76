#include "CKernels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Turns elements x and y of `count` pairs, `step` apart.
static void rotate(double *x, double *y, size_t count, size_t step, double c, double s) {
  for (size_t i = 0; i < count; i++) {
    double xi = x[i * step], yi = y[i * step];
    x[i * step] = c * xi - s * yi;
    y[i * step] = s * xi + c * yi;
  }
}

// One pass over all pairs: each rotation J sets a[p][q] to zero in J · A · Jᵀ, and is gathered in
// the rows of v. Whether any was needed.
static bool sweep(double *a, double *v, size_t n, double negligible) {
  bool rotated = false;
  for (size_t p = 0; p + 1 < n; p++) {
    for (size_t q = p + 1; q < n; q++) {
      double off = a[p * n + q];
      if (fabs(off) <= negligible) continue;
      double zeta = (a[q * n + q] - a[p * n + p]) / (2 * off);
      double t = copysign(1, zeta) / (fabs(zeta) + sqrt(1 + zeta * zeta));
      double c = 1 / sqrt(1 + t * t), s = c * t;
      rotate(a + p * n, a + q * n, n, 1, c, s);
      rotate(a + p, a + q, n, n, c, s);
      rotate(v + p * n, v + q * n, n, 1, c, s);
      a[p * n + q] = a[q * n + p] = 0;
      rotated = true;
    }
  }
  return rotated;
}

// Eigenvalues off the diagonal of `a`, descending, with their rows of v as columns of `vectors`.
static void gather(
  const double *a, const double *v, size_t n, size_t *order, double *values, double *vectors) {
  for (size_t i = 0; i < n; i++) {
    size_t at = i;
    for (; at > 0 && a[order[at - 1] * (n + 1)] < a[i * (n + 1)]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
  for (size_t i = 0; i < n; i++) {
    values[i] = a[order[i] * (n + 1)];
    for (size_t j = 0; j < n; j++) vectors[j * n + i] = v[order[i] * n + j];
  }
}

ck_linear_status ck_symmetric_eigen_own(
  size_t n, const double *a, double *values, double *vectors) {
  double *copy = malloc((2 * n * n + 1) * sizeof *copy), *v = copy + n * n;
  size_t *order = malloc((n + 1) * sizeof *order);
  bool taken = copy && order, rotated = taken;
  if (taken) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < n; j++) {
        copy[i * n + j] = i >= j ? a[i * n + j] : a[j * n + i];
        v[i * n + j] = i == j;
        squares += copy[i * n + j] * copy[i * n + j];
      }
    }
    for (int i = 0; i < 60 && rotated; i++)
      rotated = sweep(copy, v, n, DBL_EPSILON / 4 * sqrt(squares));
    gather(copy, v, n, order, values, vectors);
  }
  free(copy);
  free(order);
  if (!taken) return ck_linear_no_memory;
  return rotated ? ck_linear_failed : ck_linear_done;
}
