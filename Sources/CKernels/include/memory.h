// Memory for tensors. Large blocks are recycled, because fresh pages cost more than most kernels
// that fill them (a fault per 4 KiB), and come as huge pages where the system grants them.
#ifndef CKERNELS_MEMORY_H
#define CKERNELS_MEMORY_H
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

// `bytes` bytes aligned to 64, zero if `zeroed`, else of any content; NULL when there is no more.
// [any thread, concurrently]
void *_Nullable ck_memory_take(size_t bytes, bool zeroed);
// Gives back what ck_memory_take(bytes, …) returned. Kept for reuse up to a limit; while fresh
// memory is needed, kept blocks of other sizes are unmapped first, so that keeping them does not
// raise the process's peak.
void ck_memory_give(void *block, size_t bytes);
// Unmaps every kept block.
void ck_memory_trim(void);

#pragma clang assume_nonnull end
#endif
