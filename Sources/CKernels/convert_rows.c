#include "CKernels.h"

#include <string.h>

void ck_to_f32(ck_type type, const void *values, float *out, size_t count) {
  switch (type) {
    case ck_f32: memcpy(out, values, count * sizeof *out); break;
    case ck_bf16: ck_operations_best()->from_bf16(out, values, count); break;
    case ck_f16: ck_operations_best()->from_f16(out, values, count); break;
    case ck_q4_0: ck_dequant_q4_0(values, out, count); break;
    case ck_q4_1: ck_dequant_q4_1(values, out, count); break;
    case ck_q5_0: ck_dequant_q5_0(values, out, count); break;
    case ck_q5_1: ck_dequant_q5_1(values, out, count); break;
    case ck_q8_0: ck_dequant_q8_0(values, out, count); break;
    case ck_q4_k: ck_dequant_q4_k(values, out, count); break;
    case ck_q5_k: ck_dequant_q5_k(values, out, count); break;
    case ck_q6_k: ck_dequant_q6_k(values, out, count); break;
  }
}

size_t ck_type_bytes(ck_type type, size_t count) {
  switch (type) {
    case ck_f32: return count * 4;
    case ck_bf16: case ck_f16: return count * 2;
    case ck_q4_0: return count / 32 * 18;
    case ck_q4_1: return count / 32 * 20;
    case ck_q5_0: return count / 32 * 22;
    case ck_q5_1: return count / 32 * 24;
    case ck_q8_0: return count / 32 * 34;
    case ck_q4_k: return count / 256 * 144;
    case ck_q5_k: return count / 256 * 176;
    case ck_q6_k: return count / 256 * 210;
  }
}
