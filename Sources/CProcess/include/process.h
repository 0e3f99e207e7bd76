// Children of this process: started with pipes, limits and a process group of their own.
#ifndef CRUCIBLE_PROCESS_H
#define CRUCIBLE_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "confine.h"

// What to start. Strings and arrays must outlive the call only.
struct cp_command {
  const char *path;          // the file to execute
  const char *const *argv;   // NULL-terminated
  const char *const *envp;   // NULL-terminated; NULL: this process's environment
  const char *folder;        // where it starts; NULL: where this process is
  long long memory_bytes;    // RLIMIT_AS; negative: no limit, as all below
  long long cpu_seconds;     // RLIMIT_CPU: SIGXCPU, and SIGKILL a second later
  long long file_bytes;      // RLIMIT_FSIZE
  long long open_files;      // RLIMIT_NOFILE
  const struct cp_confinement *confinement;  // NULL: none
};

// A started child. The descriptors are non-blocking and closed on exec; the caller closes them.
struct cp_child {
  pid_t pid;
  int input;   // written by the caller, the child's stdin
  int output;  // read by the caller, the child's stdout
  int error;   // read by the caller, the child's stderr
};

// Starts a child in a process group of its own. It dies when the thread that started it does; it
// inherits no descriptor but its three pipes, and no ignored or blocked signal.
//
// Returns 0 when the program runs, else an errno, and in `step` the name of what failed:
// "pipe", "fork", "folder", "limits", "start", or of a confinement's (see confine.h): "privileges",
// "capabilities", "processes", "landlock", "seccomp", "enforcement".
int cp_spawn(const struct cp_command *command, struct cp_child *child, const char **step);

// The name of a step that cp_confine or cp_try_confinement returned.
const char *cp_step_name(int step);

// write(2) that answers EPIPE without a SIGPIPE. Bytes written, or -1 with errno.
ssize_t cp_write(int descriptor, const void *bytes, size_t count);

// The exit of a child, whose process group is ended with it: 1 when it has ended, with its code (or -1) and signal (or 0); 0 when it
// still runs, which happens only without `block`; -1 when it is no child of ours.
int cp_wait(pid_t pid, int block, int *code, int *signal);

#endif
