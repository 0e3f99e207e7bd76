// Divergence of two rows' softmax distributions. In double throughout: fine-tunes of one model
// differ by so little that the sum of an f32 softmax is already noise beside the result.
#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

double ck_softmax_divergence_scalar(const float *x, const float *y, double floor, size_t count) {
  float largestX = -INFINITY, largestY = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    largestX = x[i] > largestX ? x[i] : largestX;
    largestY = y[i] > largestY ? y[i] : largestY;
  }
  double sumX = 0, sumY = 0, divergence = 0;
  for (size_t i = 0; i < count; i++) {
    sumX += exp((double)x[i] - largestX);
    sumY += exp((double)y[i] - largestY);
  }
  for (size_t i = 0; i < count; i++) {
    double p = exp((double)x[i] - largestX) / sumX + floor;
    double q = exp((double)y[i] - largestY) / sumY + floor;
    divergence += p * log(p / q);
  }
  return divergence;
}

#define CK_BODY "divergence.c"
#include "each_variant.h"

#else  // exp and log of CK_LANES doubles at a time: 5 ns an element with AVX-512, the twin 27 ns

// Vectors wider than a register have no fixed calling convention; all that take them are inlined.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"
#define vlong CK_OWN(vlong)
#define wide_exp CK_OWN(wide_exp)
#define wide_log CK_OWN(wide_log)
#define wide_part CK_OWN(wide_part)
#define largest_of CK_OWN(largest_of)
#define lane_sum CK_OWN(lane_sum)
typedef uint64_t vlong __attribute__((ext_vector_type(CK_LANES)));

// e^x for x ≤ 0, taken as −700 below that. Taylor polynomial of degree 13 after x = n ln 2 + r:
// within 1e-16 relative.
CK_INLINE vd wide_exp(vd x) {
  static const double inverses[] = {  // 1/12! … 1/0!
    1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
    1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1,
  };
  vd clamped = __builtin_elementwise_max(x, (vd)-700.0);
  // Adding 1.5 · 2⁵² rounds to a whole number and leaves it in the lowest bits.
  vd shifted = clamped * 1.4426950408889634 + 0x1.8p52;
  vd n = shifted - 0x1.8p52;
  vd r = __builtin_elementwise_fma(n, (vd)-0x1.62e42fefa39efp-1, clamped);
  r = __builtin_elementwise_fma(n, (vd)-0x1.abc9e3b39803fp-56, r);
  vd p = (vd)(1.0 / 6227020800);
  for (int i = 0; i < 13; i++) p = __builtin_elementwise_fma(p, r, (vd)inverses[i]);
  p *= __builtin_bit_cast(vd, (__builtin_bit_cast(vlong, shifted) + 1023) << 52);
  return x == x ? p : x;
}

// ln x of a normal positive x: x = 2^k m with m in [√½, √2), ln m = 2 artanh((m − 1)/(m + 1)).
CK_INLINE vd wide_log(vd x) {
  vlong bits = __builtin_bit_cast(vlong, x);
  vlong k = (bits + (0x4000000000000000u - 0x3FE6A09E667F3BCDu)) >> 52;  // from 1024
  vd m = __builtin_bit_cast(vd, bits - ((k - 1024) << 52));
  vd exponent = __builtin_bit_cast(vd, k | 0x4330000000000000u) - 0x1p52 - 1024.0;
  vd s = (m - 1.0) / (m + 1.0), z = s * s, p = (vd)(1.0 / 21);
  for (int odd = 19; odd > 0; odd -= 2) p = __builtin_elementwise_fma(p, z, (vd)(1.0 / odd));
  return __builtin_elementwise_fma(exponent, (vd)0x1.62e42fefa39efp-1, 2.0 * s * p);
}

// Values from `i` on, −∞ past the end.
CK_INLINE vd wide_part(const float *x, size_t i, size_t count) {
  vf part = i + CK_LANES <= count ? vload(x + i) : vload_part(x + i, count - i, -INFINITY);
  return __builtin_convertvector(part, vd);
}

CK_INLINE double largest_of(const float *x, size_t count) {
  vf largest = -INFINITY;
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES)
    largest = __builtin_elementwise_max(largest, vload(x + i));
  largest = __builtin_elementwise_max(largest, vload_part(x + i, count - i, -INFINITY));
  float result = largest[0];
  for (int lane = 1; lane < CK_LANES; lane++)
    result = largest[lane] > result ? largest[lane] : result;
  return result;
}

CK_INLINE double lane_sum(vd x) {
  double sum = 0;
  for (int lane = 0; lane < CK_LANES; lane++) sum += x[lane];
  return sum;
}

double V(softmax_divergence)(const float *x, const float *y, double floor, size_t count) {
  double largestX = largest_of(x, count), largestY = largest_of(y, count);
  vd partsX = 0, partsY = 0, divergence = 0;
  for (size_t i = 0; i < count; i += CK_LANES) {
    partsX += wide_exp(wide_part(x, i, count) - largestX);
    partsY += wide_exp(wide_part(y, i, count) - largestY);
  }
  double sumX = lane_sum(partsX), sumY = lane_sum(partsY);
  // Past the end p = q = floor: nothing is added.
  for (size_t i = 0; i < count; i += CK_LANES) {
    vd p = wide_exp(wide_part(x, i, count) - largestX) / sumX + floor;
    vd q = wide_exp(wide_part(y, i, count) - largestY) / sumY + floor;
    divergence += p * wide_log(p / q);
  }
  return lane_sum(divergence);
}

#pragma clang diagnostic pop
#undef vlong
#undef wide_exp
#undef wide_log
#undef wide_part
#undef largest_of
#undef lane_sum
#endif
