// What a child gives up before it becomes the program it was started for.
#ifndef CRUCIBLE_CONFINE_H
#define CRUCIBLE_CONFINE_H

// Layers; any of them also drops capabilities and refuses what administers the machine (mount, bpf,
// kernel modules, namespaces), looks into other processes (ptrace) or leaves the process group.
enum {
  CP_NETWORK = 1,    // no sockets but connected pairs of its own
  CP_PROCESSES = 2,  // no processes (threads may be), no signals but to itself
  CP_FILES = 4,      // no changes to files but below `scratch`
  CP_READING = 8,    // no reading of files but below `scratch` and `readable`; needs Landlock
};

struct cp_confinement {
  unsigned layers;
  const char *scratch;          // NULL: nothing may be written. Without Landlock nothing may either way
  const char *const *readable;  // NULL-terminated, missing ones are passed over; NULL: none
  long long processes;          // RLIMIT_NPROC, which root escapes; negative: no limit
  int landlock;                 // newest version of Landlock to use; negative: what the kernel has
};

// What failed; 0 is success.
enum {
  CP_STEP_PRIVILEGES = 1,
  CP_STEP_CAPABILITIES,
  CP_STEP_PROCESSES,
  CP_STEP_LANDLOCK,
  CP_STEP_SECCOMP,
  CP_STEP_ENFORCEMENT,
};

// Confines the calling process for good, its children and what it executes included. Calls nothing
// that is not async-signal-safe, so that it may run between fork and exec.
//
// Returns 0, else the step that failed, with errno; the process may be confined in part then.
int cp_confine(const struct cp_confinement *confinement);

// Tries it in a child that then does what it may not. Returns as above, errno in `number`;
// CP_STEP_ENFORCEMENT when the kernel took every layer and yet let a forbidden thing pass.
int cp_try_confinement(const struct cp_confinement *confinement, int *number);

// The kernel's version of Landlock; 0: it has none, or it is off.
int cp_landlock_version(void);

#endif
