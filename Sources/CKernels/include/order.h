// Order statistics of f32 values, without sorting them: numbers are counted by the upper half of
// their bits, then by the lower half of those that share the wanted upper half.
//
// Every float has an order number: a u32 that grows as the value does. NaN counts as the largest.
#ifndef CKERNELS_ORDER_H
#define CKERNELS_ORDER_H
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

uint32_t ck_order_number(float value);
float ck_order_value(uint32_t number);

// Adds 1 to counts[upper half of the order number] (65,536 counts) for every value.
void ck_order_count_upper(uint64_t *counts, const float *x, size_t count);
// Adds 1 to counts[lower half] for every value whose upper half is `upper`.
void ck_order_count_lower(uint64_t *counts, uint32_t upper, const float *x, size_t count);
// How many values equal `value`. −0 is not 0 here: make keys non-negative by fabsf.
size_t ck_order_count_equal(const float *x, float value, size_t count);

// ranks[i] = how many values lie below |x[i]|, of equal ones the lower index first: 0 … count − 1.
//   scratch (2 · count)
// Cost: four passes of counting over 16 bytes an element.
void ck_order_ranks(uint32_t *ranks, const float *x, size_t count, uint64_t *scratch);

#pragma clang assume_nonnull end
#endif
