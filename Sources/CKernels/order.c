#include "CKernels.h"

#include "convert.h"

#include <math.h>
#include <string.h>

uint32_t ck_order_number(float value) {
  uint32_t bits = ck_bits_of_float(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return 0xFFFFFFFF;
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

float ck_order_value(uint32_t number) {
  return ck_float_of_bits(number & 0x80000000 ? number & 0x7FFFFFFF : ~number);
}

void ck_order_count_upper(uint64_t *counts, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) counts[ck_order_number(x[i]) >> 16]++;
}

static void count_lower(uint64_t *counts, uint32_t upper, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t number = ck_order_number(x[i]);
    if (number >> 16 == upper) counts[number & 0xFFFF]++;
  }
}

// Few values share one upper half, so most runs of 64 are passed over after one look, which the
// compiler turns into vectors.
void ck_order_count_lower(uint64_t *counts, uint32_t upper, const float *x, size_t count) {
  float low = ck_order_value(upper << 16), high = ck_order_value(upper << 16 | 0xFFFF);
  enum { RUN = 64 };
  size_t i = 0;
  // NaNs compare with nothing: in their bins each value is looked at.
  for (; !(isnan(low) || isnan(high)) && i + RUN <= count; i += RUN) {
    int hits = 0;
    for (size_t j = 0; j < RUN; j++) hits += (x[i + j] >= low) & (x[i + j] <= high);
    if (hits) count_lower(counts, upper, x + i, RUN);
  }
  count_lower(counts, upper, x + i, count - i);
}

size_t ck_order_count_equal(const float *x, float value, size_t count) {
  size_t equal = 0;
  for (size_t i = 0; i < count; i++) equal += x[i] == value;
  return equal;
}

// One stable pass over one byte of the upper half of the entries.
static void counting_pass(uint64_t *to, const uint64_t *from, size_t count, int shift) {
  size_t starts[256] = {0}, sum = 0;
  for (size_t i = 0; i < count; i++) starts[from[i] >> shift & 255]++;
  for (int byte = 0; byte < 256; byte++) {
    size_t here = starts[byte];
    starts[byte] = sum;
    sum += here;
  }
  for (size_t i = 0; i < count; i++) to[starts[from[i] >> shift & 255]++] = from[i];
}

void ck_order_ranks(uint32_t *ranks, const float *x, size_t count, uint64_t *scratch) {
  uint64_t *one = scratch, *other = scratch + count;
  for (size_t i = 0; i < count; i++)
    one[i] = (uint64_t)ck_order_number(fabsf(x[i])) << 32 | (uint32_t)i;
  for (int shift = 32; shift < 64; shift += 8) {
    counting_pass(other, one, count, shift);
    uint64_t *swapped = one;
    one = other;
    other = swapped;
  }
  for (size_t i = 0; i < count; i++) ranks[(uint32_t)one[i]] = (uint32_t)i;
}
