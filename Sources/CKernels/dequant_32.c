// Half-width floats and GGUF's types of 32 values a block.
#include "convert.h"
#include "dequant_variants.h"

// The reference decodings round after every product and sum.
#pragma STDC FP_CONTRACT OFF

enum { block = 32, half = block / 2 };

static inline uint16_t read_u16(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline float read_f16(const uint8_t *bytes) { return ck_float_of_f16(read_u16(bytes)); }

static inline uint32_t read_u32(const uint8_t *bytes) {
  return read_u16(bytes) | (uint32_t)read_u16(bytes + 2) << 16;
}

CK_DEQUANT(f16) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i++) out[i] = read_f16(bytes + 2 * i);
}

CK_DEQUANT(bf16) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i++) out[i] = ck_float_of_bf16(read_u16(bytes + 2 * i));
}

// f16 d, 16 bytes of two codes: byte j holds value j (low) and j + 16. x = d · (code − 8)
CK_DEQUANT(q4_0) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += block, bytes += 18, out += block) {
    float d = read_f16(bytes);
    for (int j = 0; j < half; j++) {
      uint8_t codes = bytes[2 + j];
      out[j] = d * (float)((codes & 15) - 8);
      out[j + half] = d * (float)((codes >> 4) - 8);
    }
  }
}

// f16 d, f16 m, codes as in Q4_0. x = d · code + m
CK_DEQUANT(q4_1) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += block, bytes += 20, out += block) {
    float d = read_f16(bytes), m = read_f16(bytes + 2);
    for (int j = 0; j < half; j++) {
      uint8_t codes = bytes[4 + j];
      out[j] = (float)(codes & 15) * d + m;
      out[j + half] = (float)(codes >> 4) * d + m;
    }
  }
}

// f16 d, u32 whose bit j is the fifth bit of value j, codes as in Q4_0. x = d · (code − 16)
CK_DEQUANT(q5_0) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += block, bytes += 22, out += block) {
    float d = read_f16(bytes);
    uint32_t fifth = read_u32(bytes + 2);
    for (int j = 0; j < half; j++) {
      uint8_t codes = bytes[6 + j];
      int low = (codes & 15) | (int)(fifth >> j & 1) << 4;
      int high = codes >> 4 | (int)(fifth >> (j + half) & 1) << 4;
      out[j] = d * (float)(low - 16);
      out[j + half] = d * (float)(high - 16);
    }
  }
}

// f16 d, f16 m, fifth bits and codes as in Q5_0. x = d · code + m
CK_DEQUANT(q5_1) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += block, bytes += 24, out += block) {
    float d = read_f16(bytes), m = read_f16(bytes + 2);
    uint32_t fifth = read_u32(bytes + 4);
    for (int j = 0; j < half; j++) {
      uint8_t codes = bytes[8 + j];
      int low = (codes & 15) | (int)(fifth >> j & 1) << 4;
      int high = codes >> 4 | (int)(fifth >> (j + half) & 1) << 4;
      out[j] = (float)low * d + m;
      out[j + half] = (float)high * d + m;
    }
  }
}

// f16 d, 32 signed bytes. x = d · code
CK_DEQUANT(q8_0) {
  const uint8_t *bytes = blocks;
  for (size_t i = 0; i < n; i += block, bytes += 34, out += block) {
    float d = read_f16(bytes);
    const int8_t *codes = (const int8_t *)(bytes + 2);
    for (int j = 0; j < block; j++) out[j] = (float)codes[j] * d;
  }
}
