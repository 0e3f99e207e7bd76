// Dropping elements at random: element i of a tensor is kept by draw i of its own stream, whatever
// block or thread it is reached in.
#ifndef CK_VARIANT
#include "variants.h"

// Philox4x32-10 (Salmon et al. 2011) as CounterRNG has it: key = seed, counter = (index, stream).
// One block serves the four elements 4 · index … 4 · index + 3 with 32 bits each.
static void philox(uint32_t out[4], uint64_t index, uint64_t stream, uint64_t seed) {
  uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
  uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t first = (uint64_t)c0 * 0xD2511F53u, second = (uint64_t)c2 * 0xCD9E8D57u;
    c0 = (uint32_t)(second >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)second;
    c2 = (uint32_t)(first >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)first;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void ck_keep_random_scalar(
  float *x, const float *probabilities, float probability, uint64_t first, size_t count,
  uint64_t stream, uint64_t seed
) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits[4];
    philox(bits, (first + i) / 4, stream, seed);
    float uniform = (float)(bits[(first + i) % 4] >> 8) * 0x1p-24f;
    if (uniform >= (probabilities ? probabilities[i] : probability)) x[i] = 0;
  }
}

#define CK_BODY "drop.c"
#include "each_variant.h"

#else  // CK_LANES blocks side by side

#define vwide CK_OWN(vwide)
typedef uint64_t vwide __attribute__((ext_vector_type(CK_LANES)));

// The draws of the elements 4 · block … 4 · (block + CK_LANES) − 1, in their order.
CK_INLINE void CK_OWN(draws)(float *uniforms, uint64_t block, uint64_t stream, uint64_t seed) {
  vu c0, c1;
  for (int lane = 0; lane < CK_LANES; lane++) {
    c0[lane] = (uint32_t)(block + lane);
    c1[lane] = (uint32_t)((block + lane) >> 32);
  }
  vu c2 = (vu)(uint32_t)stream, c3 = (vu)(uint32_t)(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    vwide first = __builtin_convertvector(c0, vwide) * 0xD2511F53u;
    vwide second = __builtin_convertvector(c2, vwide) * 0xCD9E8D57u;
    c0 = __builtin_convertvector(second >> 32, vu) ^ c1 ^ k0;
    c1 = __builtin_convertvector(second, vu);
    c2 = __builtin_convertvector(first >> 32, vu) ^ c3 ^ k1;
    c3 = __builtin_convertvector(first, vu);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  vu parts[4] = {c0, c1, c2, c3};
  for (int part = 0; part < 4; part++) {
    vf values = __builtin_convertvector(parts[part] >> 8, vf) * 0x1p-24f;
    for (int lane = 0; lane < CK_LANES; lane++) uniforms[4 * lane + part] = values[lane];
  }
}

void V(keep_random)(
  float *x, const float *probabilities, float probability, uint64_t first, size_t count,
  uint64_t stream, uint64_t seed
) {
  enum { GROUP = 4 * CK_LANES };
  float uniforms[GROUP];
  size_t i = 0;
  while (i < count) {
    size_t skipped = (first + i) % 4, n = GROUP - skipped;
    if (n > count - i) n = count - i;
    CK_OWN(draws)(uniforms, (first + i) / 4, stream, seed);
    for (size_t j = 0; j < n; j++) {
      float wanted = probabilities ? probabilities[i + j] : probability;
      x[i + j] = uniforms[skipped + j] >= wanted ? 0 : x[i + j];
    }
    i += n;
  }
}
#undef vwide
#endif
