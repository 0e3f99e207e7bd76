#include "CKernels.h"

#include <string.h>

#if __has_include("dequant.h")
#include "dequant.h"
#define QUANTISED(name) ck_dequant_##name(values, out, count)
#else
#define QUANTISED(name) memset(out, 0xFF, count * sizeof *out)
#endif

void ck_to_f32(ck_type type, const void *values, float *out, size_t count) {
  switch (type) {
    case ck_f32: memcpy(out, values, count * sizeof *out); break;
    case ck_bf16: ck_operations_best()->from_bf16(out, values, count); break;
    case ck_f16: ck_operations_best()->from_f16(out, values, count); break;
    case ck_q4_0: QUANTISED(q4_0); break;
    case ck_q4_1: QUANTISED(q4_1); break;
    case ck_q5_0: QUANTISED(q5_0); break;
    case ck_q5_1: QUANTISED(q5_1); break;
    case ck_q8_0: QUANTISED(q8_0); break;
    case ck_q4_k: QUANTISED(q4_k); break;
    case ck_q5_k: QUANTISED(q5_k); break;
    case ck_q6_k: QUANTISED(q6_k); break;
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
