// The C side of the tensor core: plain loops, their SIMD variants and the run-time choice.
#ifndef CKERNELS_H
#define CKERNELS_H
#include "blas.h"
#include "convert_rows.h"
#include "cpu.h"
#include "dequant.h"
#include "edit_distance.h"
#include "lapack.h"
#include "mapguard.h"
#include "memory.h"
#include "operations.h"
#include "order.h"
#include "pool.h"
#include "sha256.h"
#include "time_warp.h"
#endif
