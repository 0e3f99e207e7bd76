#include "CKernels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// One-sided Jacobi. `w` holds the vectors to make orthogonal in its rows: the columns of a tall A,
// the rows of a wide one. Rotations from the left give J · W = diag(s) · Q, and J is gathered
// beside it; then A = Qᵀ · diag(s) · J when tall, Jᵀ · diag(s) · Q when wide.
struct rotation {
  double c, s;
};

static double dot(const double *x, const double *y, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}

static void rotate(double *x, double *y, size_t count, struct rotation by) {
  for (size_t i = 0; i < count; i++) {
    double xi = x[i], yi = y[i];
    x[i] = by.c * xi - by.s * yi;
    y[i] = by.s * xi + by.c * yi;
  }
}

// The smaller of the two rotations that make vectors of squared lengths xx, yy and product xy
// orthogonal (Golub and Van Loan, Matrix Computations, 8.5.2).
static struct rotation orthogonalising(double xx, double yy, double xy) {
  double zeta = (yy - xx) / (2 * xy);
  double t = copysign(1, zeta) / (fabs(zeta) + sqrt(1 + zeta * zeta));
  double c = 1 / sqrt(1 + t * t);
  return (struct rotation){c, c * t};
}

// One pass over all pairs; whether any was rotated. Rows no longer than `negligible` are rounding
// noise of a deficient matrix and would never settle.
static bool sweep(double *w, double *j, size_t r, size_t length, double negligible) {
  double tolerance = DBL_EPSILON * sqrt((double)length + 10);
  double squared = negligible * negligible;
  bool rotated = false;
  for (size_t p = 0; p + 1 < r; p++) {
    for (size_t q = p + 1; q < r; q++) {
      double *x = w + p * length, *y = w + q * length;
      double xx = dot(x, x, length), yy = dot(y, y, length), xy = dot(x, y, length);
      if (xx <= squared || yy <= squared || fabs(xy) <= tolerance * sqrt(xx) * sqrt(yy)) continue;
      struct rotation by = orthogonalising(xx, yy, xy);
      rotate(x, y, length, by);
      rotate(j + p * r, j + q * r, r, by);
      rotated = true;
    }
  }
  return rotated;
}

// Fills rows have..<count of `q` (count, length) so that all rows are orthonormal: each starts
// from the unit vector that the rows so far cover least. `left` is working space of `length`.
static void complete(double *q, size_t have, size_t count, size_t length, double *left) {
  for (size_t c = 0; c < length; c++) {
    left[c] = 1;
    for (size_t i = 0; i < have; i++) left[c] -= q[i * length + c] * q[i * length + c];
  }
  for (size_t i = have; i < count; i++) {
    double *row = q + i * length;
    size_t best = 0;
    for (size_t c = 1; c < length; c++)
      if (left[c] > left[best]) best = c;
    memset(row, 0, length * sizeof *row);
    row[best] = 1;
    for (size_t again = 0; again < 2 * i; again++) {  // Gram-Schmidt twice is enough
      double *other = q + again % i * length, along = dot(row, other, length);
      for (size_t c = 0; c < length; c++) row[c] -= along * other[c];
    }
    double size = sqrt(dot(row, row, length));
    for (size_t c = 0; c < length; c++) row[c] /= size;
    for (size_t c = 0; c < length; c++) left[c] -= row[c] * row[c];
  }
}

static double largest(const double *values, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++) most = fmax(most, fabs(values[i]));
  return most;
}

// Indices of `values` from the largest down, equal ones in order.
static void sort_descending(const double *values, size_t *order, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t at = i;
    for (; at > 0 && values[order[at - 1]] < values[i]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
}

static void transpose(const double *from, size_t rows, size_t columns, double *to) {
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < columns; k++) to[k * rows + i] = from[i * columns + k];
}

struct work {
  double *w, *q, *j, *sorted, *norms, *left;
  size_t *order;
};

static bool take(struct work *work, size_t r, size_t length, size_t count) {
  size_t doubles = r * length + count * length + 2 * r * r + r + length + 1;
  work->w = malloc(doubles * sizeof(double));
  work->order = malloc((r + 1) * sizeof(size_t));
  work->q = work->w + r * length;
  work->j = work->q + count * length;
  work->sorted = work->j + r * r;
  work->norms = work->sorted + r * r;
  work->left = work->norms + r;
  return work->w && work->order;
}

// Sorts what the sweeps left in w and j into q, s and sorted, and completes q.
static void gather(
  struct work *work, size_t r, size_t length, size_t count, double negligible, double *s) {
  for (size_t i = 0; i < r; i++)
    work->norms[i] = sqrt(dot(work->w + i * length, work->w + i * length, length));
  sort_descending(work->norms, work->order, r);
  size_t have = 0;
  for (size_t i = 0; i < r; i++) {
    size_t from = work->order[i];
    s[i] = work->norms[from];
    memcpy(work->sorted + i * r, work->j + from * r, r * sizeof(double));
    if (s[i] <= negligible) continue;
    for (size_t c = 0; c < length; c++)
      work->q[i * length + c] = work->w[from * length + c] / s[i];
    have = i + 1;
  }
  complete(work->q, have, count, length, work->left);
}

ck_linear_status ck_svd_own(
  size_t m, size_t n, bool full, const double *a, double *u, double *s, double *vT) {
  bool tall = m >= n;
  size_t r = tall ? n : m, length = tall ? m : n, count = full ? length : r;
  struct work work;
  bool taken = take(&work, r, length, count);
  bool rotated = taken;
  if (taken) {
    if (tall) transpose(a, m, n, work.w);
    else memcpy(work.w, a, m * n * sizeof(double));
    double scale = largest(a, m * n);  // so that no square overflows or vanishes
    for (size_t i = 0; i < m * n && scale > 0; i++) work.w[i] /= scale;
    for (size_t i = 0; i < r * r; i++) work.j[i] = i % (r + 1) == 0;
    double negligible = DBL_EPSILON * sqrt(dot(work.w, work.w, m * n));
    for (int i = 0; i < 60 && rotated; i++)
      rotated = sweep(work.w, work.j, r, length, negligible);
    gather(&work, r, length, count, negligible, s);
    for (size_t i = 0; i < r; i++) s[i] *= scale;
    transpose(tall ? work.q : work.sorted, tall ? count : r, tall ? length : r, u);
    memcpy(vT, tall ? work.sorted : work.q, (tall ? r * r : count * length) * sizeof(double));
  }
  free(work.w);
  free(work.order);
  if (!taken) return ck_linear_no_memory;
  return rotated ? ck_linear_failed : ck_linear_done;
}
