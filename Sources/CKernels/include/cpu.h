// What this processor and this process may use.
#ifndef CKERNELS_CPU_H
#define CKERNELS_CPU_H
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

bool ck_cpu_has_avx2(void);         // with FMA and F16C
bool ck_cpu_has_avx512(void);       // F, DQ, BW and VL, and the system saves the registers
bool ck_cpu_has_avx512_bf16(void);

// Cores this process may keep busy: the smaller of its affinity mask and its cgroup's CPU quota
// (v2 or v1, rounded up), at least 1.
size_t ck_cpu_count(void);

#pragma clang assume_nonnull end
#endif
