// Room for files before they are written.
#ifndef CKERNELS_RESERVE_H
#define CKERNELS_RESERVE_H
#include <stdint.h>

// Gives the open file `descriptor` `bytes` bytes of room on its disk. 0, or the error's number:
// EOPNOTSUPP where the file system cannot tell. (fallocate: not posix_fallocate, which would
// write zeros there.)
int ck_reserve(int descriptor, int64_t bytes);

#endif
