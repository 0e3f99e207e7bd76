// GGUF's K types: super-blocks of 256 values whose sub-blocks share one pair of f16 scales.
#include "convert.h"
#include "dequant_variants.h"

// The reference decodings round after every product and sum.
#pragma STDC FP_CONTRACT OFF

enum { super_block = 256 };

static inline float read_f16(const uint8_t *bytes) {
  return ck_float_of_f16((uint16_t)(bytes[0] | bytes[1] << 8));
}

// Scale and minimum of sub-block `j` of 8, six bits each in 12 bytes: the first four of both lie
// in the low bits of bytes 0-3 and 4-7; the others are split over bytes 8-11 (low four bits) and
// the top two bits of bytes 0-7.
static inline void six_bits(const uint8_t *packed, int j, uint8_t *scale, uint8_t *minimum) {
  if (j < 4) {
    *scale = packed[j] & 63;
    *minimum = packed[j + 4] & 63;
  } else {
    *scale = (uint8_t)((packed[j + 4] & 15) | packed[j - 4] >> 6 << 4);
    *minimum = (uint8_t)(packed[j + 4] >> 4 | packed[j] >> 6 << 4);
  }
}

// f16 d, f16 dmin, 12 bytes of scales, 128 bytes of codes: each 32 bytes hold sub-block 2k in
// their low halves and 2k + 1 in their high ones. x = d · scale · code − dmin · minimum
CK_DEQUANT(q4_k) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += super_block, bytes += 144) {
    float d = read_f16(bytes), dmin = read_f16(bytes + 2);
    for (int j = 0; j < 8; j++, out += 32) {
      uint8_t scale, minimum;
      six_bits(bytes + 4, j, &scale, &minimum);
      float factor = d * scale, offset = dmin * minimum;
      const uint8_t *codes = bytes + 16 + j / 2 * 32;
      int shift = j % 2 * 4;
      for (int l = 0; l < 32; l++) out[l] = factor * (float)(codes[l] >> shift & 15) - offset;
    }
  }
}

// As Q4_K, with 32 bytes between scales and codes: bit j of byte l is the fifth bit of value l of
// sub-block j.
CK_DEQUANT(q5_k) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += super_block, bytes += 176) {
    float d = read_f16(bytes), dmin = read_f16(bytes + 2);
    const uint8_t *fifth = bytes + 16;
    for (int j = 0; j < 8; j++, out += 32) {
      uint8_t scale, minimum;
      six_bits(bytes + 4, j, &scale, &minimum);
      float factor = d * scale, offset = dmin * minimum;
      const uint8_t *codes = bytes + 48 + j / 2 * 32;
      int shift = j % 2 * 4;
      for (int l = 0; l < 32; l++) {
        int code = (codes[l] >> shift & 15) | (fifth[l] >> j & 1) << 4;
        out[l] = factor * (float)code - offset;
      }
    }
  }
}

// 128 bytes of low halves, 64 bytes of two high bits, 16 signed scales, f16 d. Each half of the
// block has four rows of 32 values: rows 0 and 1 in the low, 2 and 3 in the high halves of 64
// bytes, their high bits in bits 0-1, 2-3, 4-5, 6-7 of 32 bytes. x = d · scale · (code − 32)
CK_DEQUANT(q6_k) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += super_block, bytes += 210) {
    const int8_t *scales = (const int8_t *)(bytes + 192);
    float d = read_f16(bytes + 208);
    for (int row = 0; row < 8; row++) {
      const uint8_t *low = bytes + row / 4 * 64 + row % 2 * 32;
      const uint8_t *high = bytes + 128 + row / 4 * 32;
      int low_shift = row % 4 / 2 * 4, high_shift = row % 4 * 2;
      for (int part = 0; part < 2; part++, out += 16, low += 16, high += 16) {
        float factor = d * (float)scales[row * 2 + part];
        for (int l = 0; l < 16; l++) {
          int code = (low[l] >> low_shift & 15) | (high[l] >> high_shift & 3) << 4;
          out[l] = factor * (float)(code - 32);
        }
      }
    }
  }
}
