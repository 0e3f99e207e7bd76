// Blocks of GGUF's storage types, and half-width floats, as f32.
//
// Every function reads ceil(n / block) whole blocks at `blocks` (any alignment) and writes `n`
// values at `out`; n must be a multiple of the block. The layout of every block stands at its
// function in dequant_*.c. Cost: one pass, bound by writing 4 bytes a value.
// Precision: types with one product a value (Q4_0, Q5_0, Q8_0, Q6_K) and the half-width floats are
// exact in f32 or rounded once; the others are a product, and a sum rounded after it, never fused.
#ifndef CK_DEQUANT_H
#define CK_DEQUANT_H
#include <stddef.h>
#include <stdint.h>

void ck_dequant_f16(const void *blocks, float *out, size_t n);
void ck_dequant_bf16(const void *blocks, float *out, size_t n);
void ck_dequant_q4_0(const void *blocks, float *out, size_t n);
void ck_dequant_q4_1(const void *blocks, float *out, size_t n);
void ck_dequant_q5_0(const void *blocks, float *out, size_t n);
void ck_dequant_q5_1(const void *blocks, float *out, size_t n);
void ck_dequant_q8_0(const void *blocks, float *out, size_t n);
void ck_dequant_q4_k(const void *blocks, float *out, size_t n);
void ck_dequant_q5_k(const void *blocks, float *out, size_t n);
void ck_dequant_q6_k(const void *blocks, float *out, size_t n);
#endif
