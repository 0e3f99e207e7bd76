// One pool of threads for everything that computes.
#ifndef CKERNELS_POOL_H
#define CKERNELS_POOL_H
#include <stddef.h>

#pragma clang assume_nonnull begin

typedef struct ck_pool ck_pool;

// A pool that computes with `threads` threads, the caller among them; NULL when a thread cannot
// be made. Lives as long as the process.
ck_pool *_Nullable ck_pool_create(size_t threads);
size_t ck_pool_threads(const ck_pool *pool);

// Calls body(context, 0), … body(context, count - 1), each once, on the pool's threads and the
// caller's, and returns when all have finished. Who runs what is not fixed. Called from inside a
// body, or while another thread's job runs, it does all the work on the calling thread.
// [any thread, concurrently]
void ck_pool_run(
  ck_pool *pool, size_t count, void (*body)(void *context, size_t index), void *context);

#pragma clang assume_nonnull end
#endif
