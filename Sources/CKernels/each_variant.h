// Compiles CK_BODY once for each vector width: a file writes its loops once, over `vf`, and gets
// ck_NAME_avx2 and ck_NAME_avx512 (x86-64) or ck_NAME_neon (arm64). Include at the end of a file.
#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define CK_VARIANT avx2
#define CK_LANES 8
#include "simd.h"
#include CK_BODY
#undef CK_VARIANT
#undef CK_LANES
#pragma clang attribute pop

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c"))), \
  apply_to = function)
#define CK_VARIANT avx512
#define CK_LANES 16
#include "simd.h"
#include CK_BODY
#undef CK_VARIANT
#undef CK_LANES
#pragma clang attribute pop

#elif defined(__aarch64__)

#define CK_VARIANT neon
#define CK_LANES 4
#include "simd.h"
#include CK_BODY
#undef CK_VARIANT
#undef CK_LANES

#endif
