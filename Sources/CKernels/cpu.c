#include "CKernels.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool ck_cpu_has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
         && __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

bool ck_cpu_has_avx512(void) {
#if defined(__x86_64__)
  return ck_cpu_has_avx2() && __builtin_cpu_supports("avx512f")
         && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
         && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool ck_cpu_has_avx512_bf16(void) {
#if defined(__x86_64__)
  return ck_cpu_has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// The quota in whole cores (rounded up) written in `path` as "QUOTA PERIOD", 0 when none.
static size_t quota_of_v2(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  long quota = 0, period = 0;
  int found = fscanf(file, "%ld %ld", &quota, &period);
  fclose(file);
  return found == 2 && quota > 0 && period > 0 ? (size_t)((quota + period - 1) / period) : 0;
}

static long number_in(const char *path) {
  FILE *file = fopen(path, "r");
  long value = 0;
  if (!file) return 0;
  if (fscanf(file, "%ld", &value) != 1) value = 0;
  fclose(file);
  return value;
}

// The tightest quota of this process's cgroup (v2) and of its parents up to the root.
static size_t quota_of_own_group(void) {
  FILE *file = fopen("/proc/self/cgroup", "r");
  if (!file) return 0;
  char line[1024], group[1024] = "";
  while (fgets(line, sizeof line, file))
    if (strncmp(line, "0::/", 4) == 0) snprintf(group, sizeof group, "%s", line + 3);
  fclose(file);
  group[strcspn(group, "\n")] = 0;

  size_t tightest = 0;
  for (;;) {
    char path[1200];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", strcmp(group, "/") ? group : "");
    size_t quota = quota_of_v2(path);
    if (quota && (!tightest || quota < tightest)) tightest = quota;
    char *slash = strrchr(group, '/');
    if (!slash) return tightest;
    *slash = 0;
  }
}

static size_t quota_of_v1(void) {
  long quota = number_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  long period = number_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return quota > 0 && period > 0 ? (size_t)((quota + period - 1) / period) : 0;
}

size_t ck_cpu_count(void) {
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  size_t cores = online > 0 ? (size_t)online : 1;
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    cores = (size_t)CPU_COUNT(&set);
  size_t quota = quota_of_own_group();
  if (!quota) quota = quota_of_v1();
  if (quota && quota < cores) cores = quota;
#endif
  return cores;
}
