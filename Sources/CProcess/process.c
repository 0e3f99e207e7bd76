#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// What a child tells its parent when it could not become the program.
struct failure {
  int step;
  int number;
};

// Steps of a confinement follow STEP_START by their own numbers, which begin at 1.
static const char *const step_names[] = {
    "pipe", "fork", "folder", "limits", "start",
    "privileges", "capabilities", "processes", "landlock", "seccomp", "enforcement"};
enum { STEP_PIPE, STEP_FORK, STEP_FOLDER, STEP_LIMITS, STEP_START };

const char *cp_step_name(int step) { return step_names[STEP_START + step]; }

static int limit(int resource, long long value, long long grace) {
  if (value < 0) return 0;
  struct rlimit now;
  if (getrlimit(resource, &now)) return -1;
  rlim_t wanted = (rlim_t)value, ceiling = wanted + (rlim_t)grace;
  if (now.rlim_max != RLIM_INFINITY) {
    if (wanted > now.rlim_max) wanted = now.rlim_max;
    if (ceiling > now.rlim_max) ceiling = now.rlim_max;
  }
  struct rlimit fresh = {wanted, ceiling};
  return setrlimit(resource, &fresh);
}

static int apply_limits(const struct cp_command *command) {
  return limit(RLIMIT_AS, command->memory_bytes, 0) ||
         limit(RLIMIT_CPU, command->cpu_seconds, 1) ||
         limit(RLIMIT_FSIZE, command->file_bytes, 0) ||
         limit(RLIMIT_NOFILE, command->open_files, 0) || limit(RLIMIT_CORE, 0, 0);
}

// Marks every descriptor from 3 on as closed on exec.
static void close_others(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0) return;
#endif
  struct rlimit files;
  int last = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 65536
                 ? (int)files.rlim_cur : 65536;
  for (int descriptor = 3; descriptor < last; descriptor++) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0) fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
  }
}

static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

// Between fork and exec: async-signal-safe calls only. Returns the step that failed.
static int become(const struct cp_command *command, const int pipes[3], pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above
  for (int descriptor = 0; descriptor < 3; descriptor++)
    if (dup2(pipes[descriptor], descriptor) < 0) return STEP_PIPE;
  close_others();
  reset_signals();
  if (command->folder && chdir(command->folder)) return STEP_FOLDER;
  if (apply_limits(command)) return STEP_LIMITS;
  // After everything that a confined process may no longer do.
  int step = command->confinement ? cp_confine(command->confinement) : 0;
  if (step) return STEP_START + step;
  execve(command->path, (char *const *)command->argv,
         (char *const *)(command->envp ? command->envp : (const char *const *)environ));
  return STEP_START;
}

static void close_all(const int *descriptors, int count) {
  for (int i = 0; i < count; i++)
    if (descriptors[i] >= 0) close(descriptors[i]);
}

// Above 2, so that no dup2 onto 0, 1 or 2 overwrites an end that is still needed.
static int pipe_above(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC)) return -1;
  for (int i = 0; i < 2; i++) {
    if (ends[i] > 2) continue;
    int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
    close(ends[i]);
    ends[i] = moved;
    if (moved < 0) return -1;
  }
  return 0;
}

static pid_t fork_child(const struct cp_command *command, const int pipes[3], int report) {
  sigset_t all, before;
  sigfillset(&all);
  // No handler of ours may run in the child.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    struct failure failure = {become(command, pipes, parent), errno};
    ssize_t ignored = write(report, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
  }
  int number = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = number;
  return pid;
}

// Waits until the child has become the program, or says why it could not.
static int await_start(int report, pid_t pid, const char **step) {
  struct failure failure;
  ssize_t count;
  do count = read(report, &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  if (count != (ssize_t)sizeof failure) return 0;
  int code, signal;
  cp_wait(pid, 1, &code, &signal);
  *step = step_names[failure.step];
  return failure.number ? failure.number : EINVAL;
}

int cp_spawn(const struct cp_command *command, struct cp_child *child, const char **step) {
  // stdin, stdout, stderr, report; each a read end and a write end.
  int ends[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  *step = step_names[STEP_PIPE];
  for (int i = 0; i < 4; i++) {
    if (pipe_above(ends + 2 * i)) {
      int number = errno;
      close_all(ends, 8);
      return number;
    }
  }
  const int theirs[3] = {ends[0], ends[3], ends[5]};
  pid_t pid = fork_child(command, theirs, ends[7]);
  int number = errno;
  close_all(theirs, 3);
  close(ends[7]);
  if (pid < 0) {
    *step = step_names[STEP_FORK];
  } else {
    number = await_start(ends[6], pid, step);
  }
  close(ends[6]);
  if (number) {
    const int ours[3] = {ends[1], ends[2], ends[4]};
    close_all(ours, 3);
    return number;
  }
  *child = (struct cp_child){pid, ends[1], ends[2], ends[4]};
  fcntl(child->input, F_SETFL, O_NONBLOCK);
  fcntl(child->output, F_SETFL, O_NONBLOCK);
  fcntl(child->error, F_SETFL, O_NONBLOCK);
  return 0;
}

ssize_t cp_write(int descriptor, const void *bytes, size_t count) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t written = write(descriptor, bytes, count);
  int number = errno;
  if (written < 0 && number == EPIPE && !sigismember(&pending, SIGPIPE)) {
    const struct timespec now = {0, 0};
    while (sigtimedwait(&pipe_signal, NULL, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = number;
  return written;
}

int cp_wait(pid_t pid, int block, int *code, int *signal) {
  siginfo_t info = {0};
  int result, status;
  do result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG));
  while (result < 0 && errno == EINTR);
  if (result < 0) return -1;
  if (info.si_pid == 0) return 0;
  // Before its number is free for others.
  kill(-pid, SIGKILL);
  if (waitpid(pid, &status, 0) != pid) return -1;
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return 1;
}
