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
// Gives back what ck_memory_take(bytes, …) returned. It is kept for reuse; fresh memory is mapped
// only after the oldest kept blocks are unmapped, so that all of it together stays within an
// eighth (and 128 MiB) over the most that was ever in use at once.
void ck_memory_give(void *block, size_t bytes);
// Unmaps every kept block.
void ck_memory_trim(void);

#pragma clang assume_nonnull end
#endif
