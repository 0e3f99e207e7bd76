#include "sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

// Fractional parts of the cube roots of the first 64 primes.
static const uint32_t constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotated(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

static inline uint32_t read_big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void ck_sha256_blocks_scalar(uint32_t *state, const uint8_t *bytes, size_t blocks) {
  for (; blocks > 0; blocks--, bytes += 64) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) w[i] = read_big_endian(bytes + 4 * i);
    for (int i = 16; i < 64; i++) {
      uint32_t a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + w[i - 7] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3)
        + (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
    }
    uint32_t s[8];
    memcpy(s, state, sizeof s);
    // Instead of moving eight words a round, the names a … h move over them.
    for (int start = 0; start < 64; start += 8) {
#pragma clang loop unroll(full)
      for (int i = 0; i < 8; i++) {
#define WORD(k) s[((k) - i) & 7]
        uint32_t a = WORD(0), b = WORD(1), c = WORD(2), e = WORD(4);
        uint32_t choice = (e & WORD(5)) ^ (~e & WORD(6));
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t one = WORD(7) + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + choice
          + constants[start + i] + w[start + i];
        WORD(3) += one;
        WORD(7) = one + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority;
#undef WORD
      }
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
  }
}

#if defined(__x86_64__)
int ck_sha256_has_instructions(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & 1u << 29)) return 0;
  return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

// The instructions keep the state as ABEF and CDGH and do two rounds at a time; the schedule is
// made four words at a time, in a ring of four registers.
__attribute__((target("sha,sse4.1,ssse3")))
void ck_sha256_blocks_sha(uint32_t *state, const uint8_t *bytes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);         // CDAB
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);  // EFGH
  __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xF0);
  for (; blocks > 0; blocks--, bytes += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++) {
      __m128i words = _mm_loadu_si128((const __m128i *)(bytes + 16 * i));
      w[i] = _mm_shuffle_epi8(words, swap);
    }
    for (int i = 0; i < 16; i++) {
      __m128i *now = &w[i % 4];
      if (i >= 4) {
        __m128i last = w[(i + 3) % 4];
        __m128i seven = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);  // words i − 7 … i − 4
        __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) % 4]), seven);
        *now = _mm_sha256msg2_epu32(sum, last);
      }
      __m128i k = _mm_loadu_si128((const __m128i *)(constants + 4 * i));
      __m128i sum = _mm_add_epi32(*now, k);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  low = _mm_shuffle_epi32(abef, 0x1B);   // FEBA
  high = _mm_shuffle_epi32(cdgh, 0xB1);  // DCHG
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xF0));         // DCBA
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));      // HGFE
}
#else
int ck_sha256_has_instructions(void) { return 0; }

void ck_sha256_blocks_sha(uint32_t *state, const uint8_t *bytes, size_t blocks) {
  ck_sha256_blocks_scalar(state, bytes, blocks);
}
#endif

static void add_blocks(uint32_t *state, const uint8_t *bytes, size_t blocks) {
  static _Atomic int known = -1;
  if (known < 0) known = ck_sha256_has_instructions();
  if (known) {
    ck_sha256_blocks_sha(state, bytes, blocks);
  } else {
    ck_sha256_blocks_scalar(state, bytes, blocks);
  }
}

void ck_sha256_begin(ck_sha256 *hash) {
  // Fractional parts of the square roots of the first eight primes.
  static const uint32_t start[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  };
  memcpy(hash->state, start, sizeof start);
  hash->length = 0;
}

void ck_sha256_add(ck_sha256 *hash, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  size_t filled = hash->length % 64;
  hash->length += count;
  if (filled > 0) {
    size_t taken = count < 64 - filled ? count : 64 - filled;
    memcpy(hash->pending + filled, next, taken);
    next += taken;
    count -= taken;
    if (filled + taken < 64) return;
    add_blocks(hash->state, hash->pending, 1);
  }
  add_blocks(hash->state, next, count / 64);
  if (count % 64 > 0) memcpy(hash->pending, next + count / 64 * 64, count % 64);
}

void ck_sha256_end(ck_sha256 *hash, uint8_t *digest) {
  uint64_t bits = hash->length * 8;
  uint8_t tail[72] = {0x80};
  size_t padding = (119 - hash->length % 64) % 64 + 1;
  for (int i = 0; i < 8; i++) tail[padding + i] = (uint8_t)(bits >> (56 - 8 * i));
  ck_sha256_add(hash, tail, padding + 8);
  for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - i % 4 * 8));
}
