#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine_layers.h"

// Root without capabilities is a user who happens to own most files. As privileges are not regained
// (PR_SET_NO_NEW_PRIVS), exec does not give them back.
static int drop_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  return (int)syscall(SYS_capset, &header, none);
}

static int limit_processes(long long count) {
  if (count < 0) return 0;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NPROC, &limit)) return -1;
  if (limit.rlim_max == RLIM_INFINITY || (rlim_t)count < limit.rlim_max)
    limit.rlim_max = (rlim_t)count;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NPROC, &limit);
}

int cp_confine(const struct cp_confinement *confinement) {
  if (confinement->layers == 0) return 0;
  int version = cp_landlock_version();
  if (confinement->landlock >= 0 && confinement->landlock < version) version = confinement->landlock;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return CP_STEP_PRIVILEGES;
  if (limit_processes(confinement->processes)) return CP_STEP_PROCESSES;
  if (drop_capabilities()) return CP_STEP_CAPABILITIES;
  if (cp_landlock(confinement, version)) return CP_STEP_LANDLOCK;
  // Last, as it refuses some of the above.
  if (cp_filter(confinement, version)) return CP_STEP_SECCOMP;
  return 0;
}

// By the call itself: fork(3) runs handlers that are not for the child of a program with threads.
static int can_fork(void) {
  pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(pid, NULL, 0);
  return pid > 0;
}

// Whether something passes that every layer asked for must refuse.
static int leaks(unsigned layers) {
  if (syscall(SYS_setsid) >= 0 || errno != EPERM) return 1;
  if (layers & CP_NETWORK && (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)) return 1;
  if (layers & CP_PROCESSES && (can_fork() || kill(getppid(), 0) == 0)) return 1;
  if (layers & CP_FILES && open("/dev/zero", O_WRONLY) >= 0) return 1;
  if (layers & CP_READING && open("/", O_RDONLY | O_DIRECTORY) >= 0) return 1;
  return 0;
}

struct verdict {
  int step;
  int number;
};

int cp_try_confinement(const struct cp_confinement *confinement, int *number) {
  int ends[2];
  *number = 0;
  if (pipe2(ends, O_CLOEXEC)) {
    *number = errno;
    return CP_STEP_PRIVILEGES;
  }
  pid_t pid = fork();
  if (pid == 0) {
    struct verdict verdict = {cp_confine(confinement), 0};
    verdict.number = errno;
    if (verdict.step == 0 && leaks(confinement->layers)) verdict.step = CP_STEP_ENFORCEMENT;
    ssize_t ignored = write(ends[1], &verdict, sizeof verdict);
    (void)ignored;
    _exit(0);
  }
  *number = errno;
  close(ends[1]);
  // A child that is ended for its calls says nothing: then it is the filter that does not work.
  struct verdict verdict = {pid < 0 ? CP_STEP_PROCESSES : CP_STEP_SECCOMP, EPERM};
  if (pid > 0) {
    ssize_t count;
    do count = read(ends[0], &verdict, sizeof verdict);
    while (count < 0 && errno == EINTR);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    *number = verdict.number;
  }
  close(ends[0]);
  return verdict.step;
}
