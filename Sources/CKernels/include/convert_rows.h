// Weights of any stored type as f32.
#ifndef CKERNELS_CONVERT_ROWS_H
#define CKERNELS_CONVERT_ROWS_H
#include "operations.h"

#pragma clang assume_nonnull begin

// `count` values of `type` to f32; for quantised types count is a whole number of blocks.
void ck_to_f32(ck_type type, const void *values, float *out, size_t count);
// Bytes of `count` values of `type`, count a whole number of blocks.
size_t ck_type_bytes(ck_type type, size_t count);

#pragma clang assume_nonnull end
#endif
