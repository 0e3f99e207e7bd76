// The product for machines without OpenBLAS, on top of the few-row kernels.
#include "CKernels.h"

#include <stdlib.h>
#include <string.h>

enum { tile_rows = 48, tile_columns = 64 };

// Rows first.., count of them, of op(X)ᵀ or op(X) made contiguous: out is (count, k).
static void pack(
  float *out, const float *x, size_t first, size_t count, size_t k, size_t rowStride,
  size_t stepStride) {
  for (size_t r = 0; r < count; r++) {
    const float *row = x + (first + r) * rowStride;
    if (stepStride == 1)
      memcpy(out + r * k, row, k * sizeof *out);
    else
      for (size_t p = 0; p < k; p++) out[r * k + p] = row[p * stepStride];
  }
}

static void merge(
  float *c, size_t ldc, const float *tile, size_t rows, size_t columns, float alpha, float beta) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      float *out = c + i * ldc + j, product = alpha * tile[i * tile_columns + j];
      *out = beta == 0 ? product : product + beta * *out;
    }
}

void ck_sgemm_own(
  bool transposeA, bool transposeB, size_t m, size_t n, size_t k, float alpha, const float *a,
  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  size_t rowA = transposeA ? 1 : lda, stepA = transposeA ? lda : 1;
  size_t rowB = transposeB ? ldb : 1, stepB = transposeB ? 1 : ldb;
  size_t scratch = (tile_rows + tile_columns) * (k + tile_columns) * sizeof(float);
  float *packedA = ck_memory_take(scratch, false);
  if (!packedA) {
    ck_sgemm_scalar(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  float *packedB = packedA + tile_rows * k, *tile = packedB + tile_columns * k;
  for (size_t j = 0; j < n; j += tile_columns) {
    size_t columns = n - j < tile_columns ? n - j : tile_columns;
    pack(packedB, b, j, columns, k, rowB, stepB);
    for (size_t i = 0; i < m; i += tile_rows) {
      size_t rows = m - i < tile_rows ? m - i : tile_rows;
      pack(packedA, a, i, rows, k, rowA, stepA);
      ck_operations_best()->matmul_rows(
        tile, tile_columns, packedA, k, rows, ck_f32, packedB, columns, k, NULL);
      merge(c + i * ldc + j, ldc, tile, rows, columns, alpha, beta);
    }
  }
  ck_memory_give(packedA, scratch);
}
