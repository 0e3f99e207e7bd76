// The C side of the tensor core: plain loops, their SIMD variants and the run-time choice.
#ifndef CKERNELS_H
#define CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#endif
