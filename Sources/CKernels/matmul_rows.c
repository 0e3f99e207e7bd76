#ifndef CK_VARIANT
#include "variants.h"

#include "convert.h"

void ck_matmul_rows_scalar(
  float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
  const void *weight, size_t columns, size_t width, const float *bias) {
  for (size_t j = 0; j < columns; j++) {
    for (size_t r = 0; r < rows; r++) {
      double sum = bias ? bias[j] : 0;
      for (size_t i = 0; i < width; i++)
        sum += (double)x[r * strideX + i] * ck_load_scalar(type, weight, j * width + i);
      y[r * strideY + j] = (float)sum;
    }
  }
}

float ck_dot_scalar(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return (float)sum;
}

#define CK_BODY "matmul_rows.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

CK_INLINE vf CK_OWN(weights)(ck_type type, const void *weight, size_t index) {
  switch (type) {
    case ck_bf16:
      return __builtin_bit_cast(
        vf,
        __builtin_convertvector(vload_half((const uint16_t *)weight + index), vu) << 16);
    case ck_f16:
      return __builtin_convertvector(
        __builtin_bit_cast(vfloat16, vload_half((const uint16_t *)weight + index)), vf);
    default: return vload((const float *)weight + index);
  }
}

#define UNROLL _Pragma("clang loop unroll(full)")

// A tile of `across` weight rows (columns of y; 1 or 4) by `down` rows of x, its sums in
// registers. Both counts are constants where this is inlined. Fetches `ahead` while it computes:
// without it the first tile of each weight row waits for memory and the later ones leave it idle.
CK_INLINE void CK_OWN(tile)(
  float *y, size_t strideY, const float *x, size_t strideX, int down, ck_type type,
  const void *weight, size_t first, int across, size_t width, const float *bias,
  const char *ahead, int fetched, size_t rowBytes) {
  size_t step = CK_LANES * (type == ck_f32 ? sizeof(float) : sizeof(uint16_t));
  vf sum[4][4];
  UNROLL for (int r = 0; r < down; r++)
    UNROLL for (int j = 0; j < across; j++) sum[r][j] = (vf)0;
  size_t i = 0;
  for (; i + CK_LANES <= width; i += CK_LANES, ahead += step) {
    for (int n = 0; n < fetched; n++) __builtin_prefetch(ahead + (size_t)n * rowBytes);
    vf w[4];
    UNROLL for (int j = 0; j < across; j++)
      w[j] = CK_OWN(weights)(type, weight, (first + (size_t)j) * width + i);
    UNROLL for (int r = 0; r < down; r++) {
      vf v = vload(x + (size_t)r * strideX + i);
      UNROLL for (int j = 0; j < across; j++) sum[r][j] = vfma(v, w[j], sum[r][j]);
    }
  }
  UNROLL for (int r = 0; r < down; r++) {
    float total[4];
    if (across == 4) {
      vfour sums = vsum4(sum[r][0], sum[r][1], sum[r][2], sum[r][3]);
      memcpy(total, &sums, sizeof sums);
    } else {
      total[0] = vsum(sum[r][0]);
    }
    UNROLL for (int j = 0; j < across; j++) {
      size_t column = first + (size_t)j;
      for (size_t n = i; n < width; n++)
        total[j] += x[(size_t)r * strideX + n] * ck_load_scalar(type, weight, column * width + n);
      y[(size_t)r * strideY + column] = total[j] + (bias ? bias[column] : 0);
    }
  }
}

// Each tile of four rows of x fetches its share of the next four weight rows.
CK_INLINE void CK_OWN(columns_of)(
  float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
  const void *weight, size_t first, int across, size_t width, const float *bias) {
  size_t bytes = width * (type == ck_f32 ? sizeof(float) : sizeof(uint16_t)), part = 0;
  const char *next = (const char *)weight + (first + (size_t)across) * bytes;
  int share = rows <= 4 ? 4 : rows <= 24 ? 2 : 1;
#define TILE(down) \
  CK_OWN(tile)( \
    y, strideY, x, strideX, down, type, weight, first, across, width, bias, \
    next + part * bytes, share, bytes); \
  part = (part + (size_t)share) % 4; \
  rows -= down, y += down * strideY, x += down * strideX;

  while (rows >= 4) { TILE(4) }
  if (rows >= 2) { TILE(2) }
  if (rows) { TILE(1) }
#undef TILE
}

CK_INLINE void CK_OWN(all_columns)(
  float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
  const void *weight, size_t columns, size_t width, const float *bias) {
  size_t j = 0;
  for (; j + 4 <= columns; j += 4)
    CK_OWN(columns_of)(y, strideY, x, strideX, rows, type, weight, j, 4, width, bias);
  for (; j < columns; j++)
    CK_OWN(columns_of)(y, strideY, x, strideX, rows, type, weight, j, 1, width, bias);
}

void V(matmul_rows)(
  float *y, size_t strideY, const float *x, size_t strideX, size_t rows, ck_type type,
  const void *weight, size_t columns, size_t width, const float *bias) {
  switch (type) {
    case ck_bf16:
      CK_OWN(all_columns)(y, strideY, x, strideX, rows, ck_bf16, weight, columns, width, bias);
      break;
    case ck_f16:
      CK_OWN(all_columns)(y, strideY, x, strideX, rows, ck_f16, weight, columns, width, bias);
      break;
    default:
      CK_OWN(all_columns)(y, strideY, x, strideX, rows, ck_f32, weight, columns, width, bias);
  }
}

float V(dot)(const float *a, const float *b, size_t count) {
  vf sum[2] = {0};
  size_t i = 0;
  for (; i + 2 * CK_LANES <= count; i += 2 * CK_LANES) {
    sum[0] = vfma(vload(a + i), vload(b + i), sum[0]);
    sum[1] = vfma(vload(a + i + CK_LANES), vload(b + i + CK_LANES), sum[1]);
  }
  float total = vsum(sum[0] + sum[1]);
  for (; i < count; i++) total += a[i] * b[i];
  return total;
}

#endif
