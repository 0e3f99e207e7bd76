// One number between f32 and its 16-bit forms, in plain integer steps. Private to this room.
#ifndef CKERNELS_CONVERT_H
#define CKERNELS_CONVERT_H
#include "CKernels.h"

#include <string.h>

static inline float ck_float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t ck_bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float ck_float_of_bf16(uint16_t bits) {
  return ck_float_of_bits((uint32_t)bits << 16);
}

static inline float ck_float_of_f16(uint16_t bits) {
  uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits >> 10 & 31;
  uint32_t mantissa = bits & 0x3FF;
  if (exponent == 31) {  // infinity, or a NaN made quiet as the processor's instruction does
    uint32_t quiet = mantissa ? 0x400000 : 0;
    return ck_float_of_bits(sign | 0x7F800000 | quiet | mantissa << 13);
  }
  if (exponent == 0) {   // zero and subnormals: mantissa · 2⁻²⁴, exact in f32
    float magnitude = (float)mantissa * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return ck_float_of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

static inline uint16_t ck_bf16_of_float(float value) {
  uint32_t bits = ck_bits_of_float(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);  // NaN, quiet
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static inline uint16_t ck_f16_of_float(float value) {
  uint32_t bits = ck_bits_of_float(value), magnitude = bits & 0x7FFFFFFF;
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  if (magnitude > 0x7F800000)  // NaN: keep the upper payload, quiet
    return (uint16_t)(sign | 0x7E00 | (magnitude >> 13 & 0x3FF));
  if (magnitude >= 0x477FF000) return (uint16_t)(sign | 0x7C00);  // rounds to 65536 or more
  if (magnitude < 0x38800000) {  // subnormal: let f32 addition round to a multiple of 2⁻²⁴
    float rounded = ck_float_of_bits(magnitude) + 0.5f;
    return (uint16_t)(sign | (ck_bits_of_float(rounded) - 0x3F000000));
  }
  return (uint16_t)(sign | (magnitude + 0xFFF + (magnitude >> 13 & 1) - 0x38000000) >> 13);
}

static inline float ck_load_scalar(ck_type type, const void *values, size_t index) {
  switch (type) {
    case ck_bf16: return ck_float_of_bf16(((const uint16_t *)values)[index]);
    case ck_f16: return ck_float_of_f16(((const uint16_t *)values)[index]);
    default: return ((const float *)values)[index];
  }
}
#endif
