// Vectors of CK_LANES floats and the few steps that loops are made of. Included once for each
// variant by each_variant.h, with its instruction set switched on; every name gets its suffix.
#ifndef CKERNELS_SIMD_H
#define CKERNELS_SIMD_H
#include <math.h>
#include <stdint.h>
#include <string.h>

#define CK_PASTE(a, b) a##_##b
#define CK_PASTE_EXPANDED(a, b) CK_PASTE(a, b)
// The public name of an operation's variant: V(rmsnorm) is ck_rmsnorm_avx2.
#define V(name) CK_PASTE_EXPANDED(ck_##name, CK_VARIANT)
#define CK_OWN(name) CK_PASTE_EXPANDED(name, CK_VARIANT)
#define CK_INLINE static inline __attribute__((always_inline, unused))

#define vf CK_OWN(vf)        // f32
#define vi CK_OWN(vi)        // i32
#define vu CK_OWN(vu)        // u32
#define vh CK_OWN(vh)        // u16
#define vd CK_OWN(vd)        // f64, as many
#define vfloat16 CK_OWN(vfloat16)
#define vload CK_OWN(vload)
#define vload_part CK_OWN(vload_part)
#define vstore CK_OWN(vstore)
#define vstore_part CK_OWN(vstore_part)
#define vload_half CK_OWN(vload_half)
#define vbits CK_OWN(vbits)
#define vfloat CK_OWN(vfloat)
#define vfma CK_OWN(vfma)
#define vsum CK_OWN(vsum)
#define vsum4 CK_OWN(vsum4)
#define vfour CK_OWN(vfour)      // always four f32
#define vexp CK_OWN(vexp)
#define vsigmoid CK_OWN(vsigmoid)
#define vtanh CK_OWN(vtanh)
#endif

typedef float vf __attribute__((ext_vector_type(CK_LANES)));
typedef int32_t vi __attribute__((ext_vector_type(CK_LANES)));
typedef uint32_t vu __attribute__((ext_vector_type(CK_LANES)));
typedef uint16_t vh __attribute__((ext_vector_type(CK_LANES)));
typedef double vd __attribute__((ext_vector_type(CK_LANES)));
typedef _Float16 vfloat16 __attribute__((ext_vector_type(CK_LANES)));
typedef float vfour __attribute__((ext_vector_type(4)));

CK_INLINE vf vload(const float *p) {
  vf v;
  memcpy(&v, p, sizeof v);
  return v;
}

CK_INLINE void vstore(float *p, vf v) { memcpy(p, &v, sizeof v); }

// The first n < CK_LANES values, `fill` in the other lanes.
CK_INLINE vf vload_part(const float *p, size_t n, float fill) {
  vf v = fill;
  for (size_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}

CK_INLINE void vstore_part(float *p, vf v, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = v[i];
}

CK_INLINE vh vload_half(const uint16_t *p) {
  vh v;
  memcpy(&v, p, sizeof v);
  return v;
}

CK_INLINE vi vbits(vf v) { return __builtin_bit_cast(vi, v); }
CK_INLINE vf vfloat(vi v) { return __builtin_bit_cast(vf, v); }
CK_INLINE vf vfma(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }

// The sum over the groups of four lanes.
CK_INLINE vfour CK_OWN(fold)(vf v) {
#if CK_LANES == 16
  typedef float half __attribute__((ext_vector_type(8)));
  half sum = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
             + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  vf sum = v;
#endif
#if CK_LANES == 4
  return sum;
#else
  return __builtin_shufflevector(sum, sum, 0, 1, 2, 3)
         + __builtin_shufflevector(sum, sum, 4, 5, 6, 7);
#endif
}

CK_INLINE float vsum(vf v) {
  vfour four = CK_OWN(fold)(v);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Lanes (i, j) of each group of four of `a`, and (k, l) of `b`, counted as in shufflevector.
#if CK_LANES == 16
#define CK_GROUPS(i, j, k, l) \
  (i), (j), (k), (l), (i) + 4, (j) + 4, (k) + 4, (l) + 4, (i) + 8, (j) + 8, (k) + 8, (l) + 8, \
    (i) + 12, (j) + 12, (k) + 12, (l) + 12
#elif CK_LANES == 8
#define CK_GROUPS(i, j, k, l) (i), (j), (k), (l), (i) + 4, (j) + 4, (k) + 4, (l) + 4
#else
#define CK_GROUPS(i, j, k, l) (i), (j), (k), (l)
#endif

// The sums of four vectors at once: 13 steps instead of 4 x 8.
CK_INLINE vfour vsum4(vf a, vf b, vf c, vf d) {
  enum { B = CK_LANES };
  vf ab = __builtin_shufflevector(a, b, CK_GROUPS(0, B, 1, B + 1))
          + __builtin_shufflevector(a, b, CK_GROUPS(2, B + 2, 3, B + 3));
  vf cd = __builtin_shufflevector(c, d, CK_GROUPS(0, B, 1, B + 1))
          + __builtin_shufflevector(c, d, CK_GROUPS(2, B + 2, 3, B + 3));
  return CK_OWN(fold)(
    __builtin_shufflevector(ab, cd, CK_GROUPS(0, 1, B, B + 1))
    + __builtin_shufflevector(ab, cd, CK_GROUPS(2, 3, B + 2, B + 3)));
}
#undef CK_GROUPS

// e^x. Reduced by multiples of ln 2 in two parts, then a polynomial of degree 6: within 1.5 ulp.
// 0 below −87.3 (no subnormal results), infinity above 88.7, NaN stays NaN.
CK_INLINE vf vexp(vf x) {
  vf clamped = __builtin_elementwise_max(x, (vf)-87.33654f);
  clamped = __builtin_elementwise_min(clamped, (vf)88.72283f);
  vf n = __builtin_elementwise_roundeven(clamped * 1.44269504f);
  vf r = vfma(n, (vf)-0.693359375f, clamped);
  r = vfma(n, (vf)2.12194440e-4f, r);
  vf p = (vf)1.9875691500e-4f;
  p = vfma(p, r, (vf)1.3981999507e-3f);
  p = vfma(p, r, (vf)8.3334519073e-3f);
  p = vfma(p, r, (vf)4.1665795894e-2f);
  p = vfma(p, r, (vf)1.6666665459e-1f);
  p = vfma(p, r, (vf)5.0000001201e-1f);
  vf result = vfma(p, r * r, r) + 1.0f;
  // 2^n as two factors, so that n = 128 does not overflow the exponent on the way.
  vi whole = __builtin_convertvector(n, vi), half = whole >> 1;
  result *= vfloat((half + 127) << 23);
  result *= vfloat((whole - half + 127) << 23);
  result = x < (vf)-87.33654f ? (vf)0 : result;
  result = x > (vf)88.72283f ? (vf)INFINITY : result;
  return x == x ? result : x;
}

CK_INLINE vf vsigmoid(vf x) { return 1.0f / (1.0f + vexp(-x)); }

// Near 0 an odd polynomial keeps the relative error small; elsewhere 1 − 2 / (e^2|x| + 1).
CK_INLINE vf vtanh(vf x) {
  vf a = __builtin_elementwise_abs(x), z = x * x;
  vf p = (vf)-5.70498872745e-3f;
  p = vfma(p, z, (vf)2.06390887954e-2f);
  p = vfma(p, z, (vf)-5.37397155531e-2f);
  p = vfma(p, z, (vf)1.33314422036e-1f);
  p = vfma(p, z, (vf)-3.33332819422e-1f);
  vf near = vfma(p * z, x, x);
  vf far = 1.0f - 2.0f / (vexp(2.0f * a) + 1.0f);
  far = x < (vf)0 ? -far : far;
  return a < (vf)0.625f ? near : far;
}
