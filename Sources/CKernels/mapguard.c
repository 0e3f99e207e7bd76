#include "mapguard.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { slots = 512, exit_input_output = 74 };

// `base` is written last and cleared first, so that the handler never reads a half-made slot.
static struct {
  _Atomic uintptr_t base;
  _Atomic size_t count;
  char path[1024];
} mappings[slots];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous;
static int installed = 0;

static void say(const char *text) {
  ssize_t written = write(STDERR_FILENO, text, strlen(text));
  (void)written;
}

// Only async-signal-safe calls. A fault elsewhere is returned to whoever handled it before.
static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int i = 0; i < slots; i++) {
    uintptr_t base = mappings[i].base;
    if (base == 0 || address < base || address - base >= mappings[i].count) continue;
    say("error: ");
    say(mappings[i].path);
    say(": the file was cut short or its disk failed while it was being read; ");
    say("write models to a new file and rename it\n");
    _exit(exit_input_output);
  }
  sigaction(number, &previous, NULL);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
  installed = 1;
}

int ck_mapguard_add(const void *base, size_t count, const char *path) {
  int found = -1;
  pthread_mutex_lock(&lock);
  if (!installed) install();
  for (int i = 0; i < slots && found < 0; i++) {
    if (mappings[i].base != 0) continue;
    strncpy(mappings[i].path, path, sizeof mappings[i].path - 1);
    mappings[i].path[sizeof mappings[i].path - 1] = 0;
    mappings[i].count = count;
    mappings[i].base = (uintptr_t)base;
    found = i;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void ck_mapguard_remove(int slot) {
  if (slot < 0 || slot >= slots) return;
  pthread_mutex_lock(&lock);
  mappings[slot].base = 0;
  pthread_mutex_unlock(&lock);
}
