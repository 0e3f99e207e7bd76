#include "CKernels.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { most_kept = 1024 };
static const size_t smallest_kept = 1 << 16, huge_page = 1 << 21, always_allowed = 1 << 27;

// Kept blocks, oldest first.
static struct { void *block; size_t size; } kept[most_kept];
static size_t keptCount, keptBytes;
static size_t liveBytes, highestLive;  // in large blocks
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Rounded up to one of eight sizes per doubling, so that nearly equal blocks can be exchanged.
static size_t rounded(size_t bytes) {
  size_t step = (size_t)1 << (60 - __builtin_clzll(bytes));
  return (bytes + step - 1) / step * step;
}

static void remove_kept(size_t index) {
  keptBytes -= kept[index].size;
  keptCount--;
  memmove(kept + index, kept + index + 1, (keptCount - index) * sizeof *kept);
}

// What may be mapped, kept blocks included: an eighth over the most that was ever in use. With no
// slack at all, a training step's two halves (activations, gradients) push each other out.
static size_t budget(void) { return highestLive + highestLive / 8 + always_allowed; }

// A kept block of exactly `size`, or NULL after unmapping the oldest until `size` fits.
static void *reuse(size_t size) {
  liveBytes += size;
  if (liveBytes > highestLive) highestLive = liveBytes;
  for (size_t index = keptCount; index-- > 0;) {
    if (kept[index].size != size) continue;
    void *block = kept[index].block;
    remove_kept(index);
    return block;
  }
  while (keptCount > 0 && liveBytes + keptBytes > budget()) {
    munmap(kept[0].block, kept[0].size);
    remove_kept(0);
  }
  return NULL;
}

// Fresh zero pages, aligned so that huge pages fit.
static void *map(size_t size) {
  size_t slack = size >= huge_page ? huge_page : 0;
  char *base =
    mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return NULL;
  if (!slack) return base;
  size_t before = (huge_page - (uintptr_t)base % huge_page) % huge_page;
  if (before) munmap(base, before);
  if (slack > before) munmap(base + before + size, slack - before);
#ifdef MADV_HUGEPAGE
  madvise(base + before, size, MADV_HUGEPAGE);  // a wish: without it everything works, slower
#endif
  return base + before;
}

void *ck_memory_take(size_t bytes, bool zeroed) {
  if (bytes < smallest_kept) {
    size_t size = bytes < 64 ? 64 : (bytes + 63) / 64 * 64;
    void *block = aligned_alloc(64, size);
    if (block && zeroed) memset(block, 0, size);
    return block;
  }
  if (bytes > SIZE_MAX / 4) return NULL;
  size_t size = rounded(bytes);
  pthread_mutex_lock(&lock);
  void *block = reuse(size);
  pthread_mutex_unlock(&lock);
  if (block) return zeroed ? memset(block, 0, bytes) : block;
  block = map(size);
  if (!block) {
    pthread_mutex_lock(&lock);
    liveBytes -= size;
    pthread_mutex_unlock(&lock);
  }
  return block;
}

void ck_memory_give(void *block, size_t bytes) {
  if (bytes < smallest_kept) {
    free(block);
    return;
  }
  size_t size = rounded(bytes);
  pthread_mutex_lock(&lock);
  liveBytes -= size;
  bool keep = keptCount < most_kept;
  if (keep) {
    kept[keptCount].block = block;
    kept[keptCount++].size = size;
    keptBytes += size;
  }
  pthread_mutex_unlock(&lock);
  if (!keep) munmap(block, size);
}

void ck_memory_trim(void) {
  pthread_mutex_lock(&lock);
  while (keptCount > 0) {
    munmap(kept[keptCount - 1].block, kept[keptCount - 1].size);
    remove_kept(keptCount - 1);
  }
  pthread_mutex_unlock(&lock);
}
