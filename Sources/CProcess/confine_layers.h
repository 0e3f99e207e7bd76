// The two layers that the kernel enforces. Both are async-signal-safe and leave errno.
#ifndef CRUCIBLE_CONFINE_LAYERS_H
#define CRUCIBLE_CONFINE_LAYERS_H

#include "confine.h"

// What of the confinement Landlock carries, in `version` of it (0: none). Returns 0 or -1.
int cp_landlock(const struct cp_confinement *confinement, int version);

// The filter of system calls, whose work depends on what Landlock of that version has taken over.
// Returns 0 or -1.
int cp_filter(const struct cp_confinement *confinement, int landlock);

// From this version on Landlock ...
enum {
  CP_LANDLOCK_MOVES = 2,      // ... allows moves between folders,
  CP_LANDLOCK_TRUNCATES = 3,  // ... knows truncation,
  CP_LANDLOCK_NETWORK = 4,    // ... TCP,
  CP_LANDLOCK_DEVICES = 5,    // ... ioctl on devices,
  CP_LANDLOCK_SIGNALS = 6,    // ... and signals and abstract sockets.
};

#endif
