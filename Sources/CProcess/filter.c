// A filter of system calls, as a program for the kernel's classic BPF machine. Refused calls answer
// EPERM, as for somebody without the right to them, so that programs see an error they can name.
//
// A filter sees numbers, not what pointers lead to. What hides its arguments behind a pointer (clone3,
// openat2) or goes around filters (io_uring) is refused as a whole; programs fall back.
#include "confine_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifndef MACHINE
int cp_filter(const struct cp_confinement *confinement, int landlock) {
  (void)confinement, (void)landlock;
  errno = ENOSYS;
  return -1;
}
#else

// Calls that installed headers may not know; from 424 on numbers are the same on all machines.
enum {
  PIDFD_SEND_SIGNAL = 424, IO_URING_SETUP = 425, IO_URING_ENTER = 426, IO_URING_REGISTER = 427,
  OPEN_TREE = 428, MOVE_MOUNT = 429, FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, FSPICK = 433,
  PIDFD_OPEN = 434, CLONE3 = 435, OPENAT2 = 437, PIDFD_GETFD = 438, PROCESS_MADVISE = 440,
  MOUNT_SETATTR = 442, QUOTACTL_FD = 443, MEMFD_SECRET = 447, PROCESS_MRELEASE = 448,
  FCHMODAT2 = 452,
  LAST_KNOWN = 462,  // mseal; what came later is refused until somebody has read what it does
};

// Administers the machine, looks into other processes, outlives the process, or leaves its group.
static const short always_refused[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, OPEN_TREE, MOVE_MOUNT, FSOPEN, FSCONFIG,
    FSMOUNT, FSPICK, MOUNT_SETATTR, SYS_setns, SYS_unshare, SYS_swapon, SYS_swapoff, SYS_reboot,
    SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_bpf,
    SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_userfaultfd, SYS_acct,
    SYS_quotactl, QUOTACTL_FD, SYS_sethostname, SYS_setdomainname, SYS_settimeofday,
    SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_syslog, SYS_vhangup, SYS_personality,
    SYS_open_by_handle_at, SYS_fanotify_init, IO_URING_SETUP, IO_URING_ENTER, IO_URING_REGISTER,
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_migrate_pages,
    SYS_move_pages, PROCESS_MADVISE, PROCESS_MRELEASE, PIDFD_OPEN, PIDFD_GETFD, PIDFD_SEND_SIGNAL,
    SYS_setpriority, SYS_ioprio_set, SYS_setsid, SYS_setpgid, SYS_shmget, SYS_semget, SYS_msgget,
    // Their numbers are small: what others have made can be guessed.
    SYS_shmat, SYS_shmctl, SYS_semop, SYS_semtimedop, SYS_semctl, SYS_msgsnd, SYS_msgrcv, SYS_msgctl,
    SYS_mq_open, SYS_mq_unlink,
#ifdef SYS_ioperm
    SYS_ioperm, SYS_iopl, SYS_modify_ldt,
#endif
};

// No socketpair here: see `filter_sockets`. sendmsg and sendmmsg hide the address they send to.
static const short network_refused[] = {SYS_socket, SYS_connect, SYS_bind, SYS_listen,
                                        SYS_accept, SYS_accept4, SYS_sendmsg, SYS_sendmmsg};

// What Landlock does not know of, in any version or folder: rights, owners, times, attributes.
static const short files_refused[] = {
    SYS_fchmod, SYS_fchmodat, FCHMODAT2, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr,
    SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_utimensat,
    SYS_memfd_create, MEMFD_SECRET,
#ifdef SYS_chmod
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

// What it does know of: refused here where there is no Landlock.
static const short changes_refused[] = {
    SYS_truncate, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat,
    SYS_mknodat,
#ifdef SYS_open
    SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_mknod,
#endif
};

// Requests that ask or set flags of the caller's own descriptor. Others may type into a terminal, have
// signals sent, or change a file that is open for reading.
static const unsigned harmless_ioctls[] = {
    0x5401 /* TCGETS */,   0x802c542a /* TCGETS2 */, 0x540f /* TIOCGPGRP */, 0x5413 /* TIOCGWINSZ */,
    0x541b /* FIONREAD */, 0x5421 /* FIONBIO */,     0x5450 /* FIONCLEX */,  0x5451 /* FIOCLEX */,
};

enum { CAPACITY = 512 };
struct program {
  struct sock_filter code[CAPACITY];
  unsigned count;
};

static const unsigned ALLOW = SECCOMP_RET_ALLOW;
#define REFUSE(number) (SECCOMP_RET_ERRNO | (number))

// One too many is counted and not written: `cp_filter` looks at the count.
static void emit(struct program *program, unsigned code, unsigned value, int yes, int no) {
  if (program->count < CAPACITY)
    program->code[program->count] =
        (struct sock_filter){(unsigned short)code, (unsigned char)yes, (unsigned char)no, value};
  program->count++;
}

static void load(struct program *program, size_t offset) {
  emit(program, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

// The lower half: the kernel itself reads no more of these arguments (flags, ids, requests).
static void load_argument(struct program *program, int index) {
  load(program, offsetof(struct seccomp_data, args) + (size_t)index * 8);
}

static void answer(struct program *program, unsigned action) {
  emit(program, BPF_RET | BPF_K, action, 0, 0);
}

static void answer_if(struct program *program, unsigned test, unsigned value, unsigned action) {
  emit(program, BPF_JMP | test | BPF_K, value, 0, 1);
  answer(program, action);
}

static void refuse(struct program *program, const short *calls, size_t count) {
  for (size_t i = 0; i < count; i++)
    answer_if(program, BPF_JEQ, (unsigned)calls[i], REFUSE(EPERM));
}
#define REFUSE_ALL(program, calls) refuse(program, calls, sizeof(calls) / sizeof(calls)[0])

// What follows until `end` is for one call only, with one argument loaded.
static unsigned begin(struct program *program, int call, int argument) {
  emit(program, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 0);
  load_argument(program, argument);
  return program->count - 1;
}

static void end(struct program *program, unsigned start, unsigned action) {
  answer(program, action);
  if (start <= CAPACITY) program->code[start - 1].jf = (unsigned char)(program->count - start);
}

static void only_if(struct program *program, int call, int argument, unsigned value) {
  unsigned start = begin(program, call, argument);
  answer_if(program, BPF_JEQ, value, ALLOW);
  end(program, start, REFUSE(EPERM));
}

static void not_with_bits(struct program *program, int call, int argument, unsigned bits) {
  unsigned start = begin(program, call, argument);
  answer_if(program, BPF_JSET, bits, REFUSE(EPERM));
  end(program, start, ALLOW);
}

// Calls that work on a process by number: on the caller alone.
static void filter_own(struct program *program, unsigned own) {
  const short calls[] = {SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setscheduler,
                         SYS_sched_setparam, SYS_sched_setattr};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    unsigned start = begin(program, calls[i], 0);
    answer_if(program, BPF_JEQ, 0, ALLOW);
    answer_if(program, BPF_JEQ, own, ALLOW);
    end(program, start, REFUSE(EPERM));
  }
}

static void filter_signals(struct program *program, unsigned own) {
  // tkill names a thread: of the caller's only the first, which has the process's number.
  const short calls[] = {SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
                         SYS_rt_tgsigqueueinfo};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) only_if(program, calls[i], 0, own);
}

// Signals by way of descriptors, leases that stop others, and the signal that ends it with its parent.
static void filter_descriptors(struct program *program) {
  unsigned start = begin(program, SYS_fcntl, 1);
  const unsigned commands[] = {F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    answer_if(program, BPF_JEQ, commands[i], REFUSE(EPERM));
  end(program, start, ALLOW);

  start = begin(program, SYS_ioctl, 1);
  for (size_t i = 0; i < sizeof harmless_ioctls / sizeof harmless_ioctls[0]; i++)
    answer_if(program, BPF_JEQ, harmless_ioctls[i], ALLOW);
  end(program, start, REFUSE(ENOTTY));

  start = begin(program, SYS_prctl, 0);
  answer_if(program, BPF_JEQ, PR_SET_PDEATHSIG, REFUSE(EPERM));
  end(program, start, ALLOW);
}

// By flags: threads share their creator's group of threads.
static void filter_clone(struct program *program, int processes) {
  const unsigned namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                              CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  unsigned start = begin(program, SYS_clone, 0);
  answer_if(program, BPF_JSET, namespaces, REFUSE(EPERM));
  answer_if(program, BPF_JSET, CLONE_THREAD, ALLOW);
  end(program, start, processes ? ALLOW : REFUSE(EPERM));
  // Flags behind a pointer. C libraries fall back to clone.
  answer_if(program, BPF_JEQ, CLONE3, REFUSE(ENOSYS));
#ifdef SYS_fork
  if (processes) return;
  answer_if(program, BPF_JEQ, SYS_fork, REFUSE(EPERM));
  answer_if(program, BPF_JEQ, SYS_vfork, REFUSE(EPERM));
#endif
}

static void filter_sockets(struct program *program) {
  REFUSE_ALL(program, network_refused);
  // Streams alone: a datagram may be addressed to somebody else's socket.
  unsigned start = begin(program, SYS_socketpair, 1);
  emit(program, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
  answer_if(program, BPF_JEQ, SOCK_STREAM, ALLOW);
  end(program, start, REFUSE(EPERM));
}

// Opening for reading alone may empty a file too. Landlock asks for the right to write where it is opened
// for writing, and in old versions for none where it is not.
static void no_truncating_reads(struct program *program, int call, int argument) {
  unsigned start = begin(program, call, argument);
  answer_if(program, BPF_JSET, O_WRONLY | O_RDWR, ALLOW);
  answer_if(program, BPF_JSET, O_TRUNC, REFUSE(EPERM));
  end(program, start, ALLOW);
}

static void refuse_truncation(struct program *program) {
  answer_if(program, BPF_JEQ, SYS_truncate, REFUSE(EPERM));
  no_truncating_reads(program, SYS_openat, 2);
#ifdef SYS_open
  no_truncating_reads(program, SYS_open, 1);
#endif
  answer_if(program, BPF_JEQ, OPENAT2, REFUSE(ENOSYS));
}

static void filter_files(struct program *program, int landlock) {
  REFUSE_ALL(program, files_refused);
  if (landlock > 0) {
    if (landlock < CP_LANDLOCK_TRUNCATES) refuse_truncation(program);
    return;
  }
  REFUSE_ALL(program, changes_refused);
  const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  not_with_bits(program, SYS_openat, 2, writing);
#ifdef SYS_open
  not_with_bits(program, SYS_open, 1, writing);
#endif
  answer_if(program, BPF_JEQ, OPENAT2, REFUSE(ENOSYS));
}

static void build(struct program *program, const struct cp_confinement *confinement, int landlock) {
  unsigned own = (unsigned)getpid();
  // Numbers of another machine mean other calls; and so does the x32 bit, which is above LAST_KNOWN.
  load(program, offsetof(struct seccomp_data, arch));
  emit(program, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
  answer(program, REFUSE(ENOSYS));
  load(program, offsetof(struct seccomp_data, nr));
  answer_if(program, BPF_JGT, LAST_KNOWN, REFUSE(ENOSYS));

  REFUSE_ALL(program, always_refused);
  filter_clone(program, !(confinement->layers & CP_PROCESSES));
  filter_own(program, own);
  filter_descriptors(program);
  // Else its processes may signal each other, where Landlock keeps them from signalling others.
  if (confinement->layers & CP_PROCESSES || landlock < CP_LANDLOCK_SIGNALS)
    filter_signals(program, own);
  if (confinement->layers & CP_NETWORK) filter_sockets(program);
  if (confinement->layers & CP_FILES) filter_files(program, landlock);
  answer(program, ALLOW);
}

int cp_filter(const struct cp_confinement *confinement, int landlock) {
  struct program program = {.count = 0};
  build(&program, confinement, landlock);
  if (program.count > CAPACITY) {
    errno = E2BIG;
    return -1;
  }
  struct sock_fprog loaded = {(unsigned short)program.count, program.code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &loaded, 0, 0);
}

#endif
