// Landlock: which files a process may read and write, by folder. Paths are resolved by the kernel when
// they are used, so links out of a folder lead nowhere.
#include "confine_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's numbers (the same on all machines), spelled out because installed headers may be
// older than the kernel.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { ASK_VERSION = 1, BENEATH_PATH = 1 };

enum {
  EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3,
  REMOVE_DIR = 1 << 4, REMOVE_FILE = 1 << 5, MAKE_CHAR = 1 << 6, MAKE_DIR = 1 << 7,
  MAKE_REG = 1 << 8, MAKE_SOCK = 1 << 9, MAKE_FIFO = 1 << 10, MAKE_BLOCK = 1 << 11,
  MAKE_SYM = 1 << 12, REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,

  READS = EXECUTE | READ_FILE | READ_DIR,
  // What may be done to a file; the rest is about what a folder holds.
  ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
  IN_SCRATCH = READS | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_FIFO |
               MAKE_SYM | REFER | TRUNCATE,
};
enum { BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1 };
enum { ABSTRACT_SOCKETS = 1 << 0, SIGNALS = 1 << 1 };

struct ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

struct rule {
  uint64_t access;
  int32_t folder;
} __attribute__((packed));

int cp_landlock_version(void) {
  long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
  return version > 0 ? (int)version : 0;
}

static uint64_t writes(int version) {
  uint64_t rights = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_CHAR | MAKE_DIR | MAKE_REG |
                    MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK | MAKE_SYM;
  if (version >= CP_LANDLOCK_MOVES) rights |= REFER;
  if (version >= CP_LANDLOCK_TRUNCATES) rights |= TRUNCATE;
  if (version >= CP_LANDLOCK_DEVICES) rights |= IOCTL_DEV;
  return rights;
}

// Grants `access`, of which `handled` is what is refused elsewhere. A path that is not there grants
// nothing.
static int grant(int ruleset, const char *path, uint64_t access, uint64_t handled) {
  int opened = open(path, O_PATH | O_CLOEXEC);
  if (opened < 0) return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -1;
  struct stat status;
  int result = fstat(opened, &status);
  if (result == 0) {
    struct rule rule = {access & handled, opened};
    if (!S_ISDIR(status.st_mode)) rule.access &= ON_FILES;
    if (rule.access) result = (int)syscall(ADD_RULE, ruleset, BENEATH_PATH, &rule, 0);
  }
  int number = errno;
  close(opened);
  errno = number;
  return result;
}

static int grant_all(const struct cp_confinement *confinement, int ruleset, uint64_t handled) {
  if (grant(ruleset, "/dev/null", READ_FILE | WRITE_FILE, handled)) return -1;
  if (confinement->scratch && grant(ruleset, confinement->scratch, IN_SCRATCH, handled)) return -1;
  if (!confinement->readable) return 0;
  for (const char *const *path = confinement->readable; *path; path++)
    if (grant(ruleset, *path, READS, handled)) return -1;
  return 0;
}

int cp_landlock(const struct cp_confinement *confinement, int version) {
  if (version <= 0) {
    errno = ENOSYS;
    // Reading cannot be told from writing by flags alone: no filter can stand in.
    return confinement->layers & CP_READING ? -1 : 0;
  }
  struct ruleset refused = {0, 0, 0};
  if (confinement->layers & CP_FILES) refused.files |= writes(version);
  if (confinement->layers & CP_READING) refused.files |= READS;
  if (confinement->layers & CP_NETWORK && version >= CP_LANDLOCK_NETWORK)
    refused.network = BIND_TCP | CONNECT_TCP;
  if (version >= CP_LANDLOCK_SIGNALS) refused.scopes = ABSTRACT_SOCKETS | SIGNALS;
  // Any domain keeps its processes out of others' memory and /proc, so there is always one.
  if (!refused.files && !refused.network && !refused.scopes) refused.files = MAKE_BLOCK;

  size_t size = version >= CP_LANDLOCK_SIGNALS   ? sizeof refused
                : version >= CP_LANDLOCK_NETWORK ? 2 * sizeof(uint64_t)
                                                 : sizeof(uint64_t);
  int ruleset = (int)syscall(CREATE_RULESET, &refused, size, 0);
  if (ruleset < 0) return -1;
  int result = refused.files ? grant_all(confinement, ruleset, refused.files) : 0;
  if (result == 0) result = (int)syscall(RESTRICT_SELF, ruleset, 0);
  int number = errno;
  close(ruleset);
  errno = number;
  return result;
}
