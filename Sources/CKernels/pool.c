// Threads that spin briefly between jobs and then sleep on a futex: decoding one token issues
// hundreds of regions of some 20 microseconds, which a condition variable would double.
#include "CKernels.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { spins_before_sleep = 4000, spins_before_yield = 2000 };

struct ck_pool {
  size_t threads;
  pthread_mutex_t busy;  // held by the thread whose job runs
  // High half: number of the job (odd while its fields are being written), low half: the next
  // index to hand out. A worker takes an index by compare-and-swap on the whole, so one that
  // read the fields of another job fails and looks again.
  _Atomic uint64_t ticket;
  _Atomic(size_t) count;
  _Atomic(void *) body;
  _Atomic(void *) context;
  _Atomic(size_t) finished;
  _Atomic uint32_t epoch;  // what sleepers wait on
  _Atomic uint32_t sleepers;
};

static _Thread_local int inside_body;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static uint32_t job_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }

// Takes indices of the current job until none is left; returns the ticket last seen.
static uint64_t work(ck_pool *pool) {
  uint64_t ticket = atomic_load(&pool->ticket);
  for (;;) {
    size_t index = (uint32_t)ticket;
    if ((job_of(ticket) & 1) || index >= atomic_load(&pool->count)) return ticket;
    void (*body)(void *, size_t) = (void (*)(void *, size_t))atomic_load(&pool->body);
    void *context = atomic_load(&pool->context);
    if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) continue;
    inside_body = 1;
    body(context, index);
    inside_body = 0;
    atomic_fetch_add(&pool->finished, 1);
    ticket = atomic_load(&pool->ticket);
  }
}

static void sleep_until_new(ck_pool *pool, uint64_t seen) {
  uint32_t epoch = atomic_load(&pool->epoch);
  atomic_fetch_add(&pool->sleepers, 1);
  if (job_of(atomic_load(&pool->ticket)) == job_of(seen))
    syscall(SYS_futex, &pool->epoch, FUTEX_WAIT_PRIVATE, epoch, NULL, NULL, 0);
  atomic_fetch_sub(&pool->sleepers, 1);
}

static void *worker(void *argument) {
  ck_pool *pool = argument;
  for (;;) {
    uint64_t seen = work(pool);
    int spins = 0;
    while (job_of(atomic_load_explicit(&pool->ticket, memory_order_acquire)) == job_of(seen)) {
      if (++spins > spins_before_sleep) {
        sleep_until_new(pool, seen);
        spins = 0;
        break;
      }
      pause_briefly();
    }
  }
  return NULL;
}

ck_pool *ck_pool_create(size_t threads) {
  ck_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->threads = threads < 1 ? 1 : threads;
  pthread_mutex_init(&pool->busy, NULL);

  // Signals belong to the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  size_t made = 1;
  for (; made < pool->threads; made++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, pool) != 0) break;
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pool->threads = made;
  return pool;
}

size_t ck_pool_threads(const ck_pool *pool) { return pool->threads; }

static void publish(
  ck_pool *pool, size_t count, void (*body)(void *, size_t), void *context) {
  uint64_t job = (uint64_t)job_of(atomic_load(&pool->ticket));
  atomic_store(&pool->ticket, (job + 1) << 32 | UINT32_MAX);
  atomic_store(&pool->finished, 0);
  atomic_store(&pool->count, count);
  atomic_store(&pool->body, (void *)body);
  atomic_store(&pool->context, context);
  atomic_store(&pool->ticket, (job + 2) << 32);
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleepers))
    syscall(SYS_futex, &pool->epoch, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void ck_pool_run(
  ck_pool *pool, size_t count, void (*body)(void *context, size_t index), void *context) {
  if (count <= 1 || pool->threads == 1 || inside_body || count >= UINT32_MAX
      || pthread_mutex_trylock(&pool->busy) != 0) {
    for (size_t index = 0; index < count; index++) body(context, index);
    return;
  }
  publish(pool, count, body, context);
  work(pool);
  for (int spins = 0; atomic_load(&pool->finished) < count; spins++) {
    if (spins > spins_before_yield) sched_yield();
    pause_briefly();
  }
  pthread_mutex_unlock(&pool->busy);
}
