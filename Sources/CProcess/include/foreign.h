// Code of others inside this process: what it prints goes to stderr, and its crash names it.
#ifndef CRUCIBLE_FOREIGN_H
#define CRUCIBLE_FOREIGN_H

struct cp_foreign;

// Begins a call into foreign code on this thread; calls may be nested and may overlap on several
// threads.
//
// Until cp_foreign_leave
// - descriptor 1 is another name of stderr, so that stdout holds this program's data only;
// - a fault (SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGABRT) on this thread, or on one that runs no
//   foreign call of its own, ends the process with `code` after `before`, the name of the signal
//   and `after` on stderr; so does exit() on this thread. With SWIFT_BACKTRACE=enable=yes faults
//   are left to the Swift runtime.
//
// NULL when memory is out: then nothing is guarded, and leaving does nothing.
struct cp_foreign *cp_foreign_enter(const char *before, const char *after, int code);

void cp_foreign_leave(struct cp_foreign *call);

#endif
