// Compiles one decoding for several instruction sets. Private to this room.
#ifndef CKERNELS_DEQUANT_VARIANTS_H
#define CKERNELS_DEQUANT_VARIANTS_H
#include "CKernels.h"

// CK_DEQUANT(name) { body } defines ck_dequant_<name>(blocks, out, n). The body is plain C; that
// the compiler may use wider vectors for it bought a factor of 1.4 (Q4_0) to 5 (Q5_0) over SSE2.
// The bits are the same: the bodies contract nothing and sum nothing.
#if defined(__x86_64__)
#define CK_DEQUANT(name)                                                                       \
  static inline __attribute__((always_inline)) void name##_body(                               \
    const void *blocks, float *out, size_t n);                                                 \
  __attribute__((target("avx2,fma,f16c")))                                                     \
  static void name##_avx2(const void *blocks, float *out, size_t n) {                          \
    name##_body(blocks, out, n);                                                               \
  }                                                                                            \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,f16c")))                       \
  static void name##_avx512(const void *blocks, float *out, size_t n) {                        \
    name##_body(blocks, out, n);                                                               \
  }                                                                                            \
  void ck_dequant_##name(const void *blocks, float *out, size_t n) {                           \
    const ck_operations *best = ck_operations_best();                                          \
    if (best == ck_operations_variant(0)) name##_body(blocks, out, n);                         \
    else if (best == ck_operations_variant(1)) name##_avx2(blocks, out, n);                    \
    else name##_avx512(blocks, out, n);                                                        \
  }                                                                                            \
  static inline void name##_body(const void *blocks, float *out, size_t n)
#else
#define CK_DEQUANT(name) void ck_dequant_##name(const void *blocks, float *out, size_t n)
#endif
#endif
