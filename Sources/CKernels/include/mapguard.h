// Turns the SIGBUS of a mapped file that shrank into a message and exit code 74.
#ifndef CK_MAPGUARD_H
#define CK_MAPGUARD_H
#include <stddef.h>

// Remembers that `count` bytes at `base` are the file `path` (copied). The first call installs the
// handler. Returns a slot for ck_mapguard_remove, -1 when all slots are taken: such a mapping is
// merely not named. Safe from any thread.
int ck_mapguard_add(const void *base, size_t count, const char *path);

// Forgets the mapping of `slot`; -1 is ignored.
void ck_mapguard_remove(int slot);
#endif
