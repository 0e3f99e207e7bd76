#include "foreign.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cp_foreign {
  char *before, *after;
  int code;
  struct cp_foreign *outer;   // on this thread
};

static const struct {
  int number;
  const char *name;
} faults[] = {
  {SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGFPE, "SIGFPE"},
  {SIGABRT, "SIGABRT"},
};
enum { fault_count = sizeof faults / sizeof faults[0], stack_bytes = 64 << 10 };

static struct sigaction previous[fault_count];
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Guards the three below. Held across the calls that move descriptor 1.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int running = 0;
static int saved_output = -1;
static struct cp_foreign *_Atomic latest = NULL;

static _Thread_local struct cp_foreign *innermost = NULL;
static _Thread_local int has_stack = 0;

static void say(const char *text) {
  ssize_t written = write(STDERR_FILENO, text, strlen(text));
  (void)written;
}

// Only async-signal-safe calls.
static void blame(const struct cp_foreign *call, const char *how) {
  say(call->before);
  say(how);
  say(call->after);
  _exit(call->code);
}

static void on_fault(int number) {
  const struct cp_foreign *call = innermost ? innermost : latest;
  for (int i = 0; i < fault_count; i++) {
    if (faults[i].number != number) continue;
    if (call) {
      say(call->before);
      say("crashed with ");
      blame(&(struct cp_foreign){.before = "", .after = call->after, .code = call->code},
            faults[i].name);
    }
    // Not ours: whoever handled it before meets the fault again.
    sigaction(number, &previous[i], NULL);
  }
}

// exit() in a plugin would end a run as if all were well.
static void on_exit_call(int status, void *unused) {
  (void)status;
  (void)unused;
  if (innermost) blame(innermost, "ended the process with exit()");
}

static void install(void) {
  on_exit(on_exit_call, NULL);
  // Who asks for stack traces gets them.
  const char *traces = getenv("SWIFT_BACKTRACE");
  if (traces && strstr(traces, "enable=yes")) return;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_fault;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < fault_count; i++) sigaction(faults[i].number, &action, &previous[i]);
}

// A stack of its own for the handler: endless recursion leaves none. Kept as long as the thread.
static void provide_stack(void) {
  stack_t now;
  if (has_stack || sigaltstack(NULL, &now) || !(now.ss_flags & SS_DISABLE)) return;
  stack_t fresh = {.ss_sp = malloc(stack_bytes), .ss_size = stack_bytes};
  if (fresh.ss_sp && sigaltstack(&fresh, NULL) == 0) has_stack = 1;
}

static void divert_output(void) {
  fflush(stdout);
  saved_output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved_output >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

static void restore_output(void) {
  if (saved_output < 0) return;
  fflush(stdout);
  dup2(saved_output, STDOUT_FILENO);
  close(saved_output);
  saved_output = -1;
}

struct cp_foreign *cp_foreign_enter(const char *before, const char *after, int code) {
  struct cp_foreign *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  *call = (struct cp_foreign){strdup(before), strdup(after), code, innermost};
  if (!call->before || !call->after) {
    free(call->before);
    free(call->after);
    free(call);
    return NULL;
  }
  pthread_once(&once, install);
  provide_stack();
  pthread_mutex_lock(&lock);
  if (running++ == 0) divert_output();
  latest = call;
  pthread_mutex_unlock(&lock);
  innermost = call;
  return call;
}

void cp_foreign_leave(struct cp_foreign *call) {
  if (!call) return;
  innermost = call->outer;
  pthread_mutex_lock(&lock);
  if (--running == 0) restore_output();
  // A call that another thread is still in may go unnamed on its helpers' threads; better than a
  // name that is gone.
  if (latest == call) latest = call->outer;
  pthread_mutex_unlock(&lock);
  free(call->before);
  free(call->after);
  free(call);
}
