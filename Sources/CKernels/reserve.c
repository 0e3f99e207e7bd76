#include "CKernels.h"

#include <errno.h>
#include <fcntl.h>

int ck_reserve(int descriptor, int64_t bytes) {
#if defined(__linux__)
  if (bytes == 0) return 0;
  return fallocate(descriptor, 0, 0, bytes) == 0 ? 0 : errno;
#else
  return EOPNOTSUPP;
#endif
}
