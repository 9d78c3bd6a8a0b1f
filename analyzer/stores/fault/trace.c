/*
 * Between a program and its disk, for tests (LD_PRELOAD): writes down every call that changes a
 * file or a folder below FIELDTAP_DISK, in the order in which they took effect and with all bytes,
 * to the file FIELDTAP_TRACE; and lets calls fail as the file FIELDTAP_FAULT says, which is looked
 * at on each of them, so that faults come and go while the program runs.
 *
 * A record is 40 bytes in the order of the machine (kind, lengths of two names, inode, offset,
 * length), the names below FIELDTAP_DISK, and the bytes of a write. Kinds:
 *   W write   T truncate   C create   M make folder   U unlink   R rename   D remove folder
 *   S sync (the length is the size of the file then)   X sync that failed
 * A fault is a line "KINDS ERROR FIRST COUNT [PART]": calls of these kinds, of a path that contains
 * PART, fail from the FIRST since the line was written, COUNT of them (0: all).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_BYTES 512

struct record {
  char kind, pad[3];
  uint32_t name, second, pad2;
  uint64_t inode;
  int64_t offset;
  uint64_t length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *disk, *fault;
static int trace = -1;

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_unlink)(const char *), (*real_rmdir)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_mkdir)(const char *, mode_t);

__attribute__((constructor)) static void start(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rmdir = dlsym(RTLD_NEXT, "rmdir");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_mkdir = dlsym(RTLD_NEXT, "mkdir");
  disk = getenv("FIELDTAP_DISK");
  fault = getenv("FIELDTAP_FAULT");
  const char *to = getenv("FIELDTAP_TRACE");
  if (to != NULL) trace = real_open(to, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

/* The path below the disk, or NULL where it lies elsewhere. */
static const char *below(const char *path) {
  size_t length = disk == NULL ? 0 : strlen(disk);
  if (length == 0 || strncmp(path, disk, length) != 0) return NULL;
  if (path[length] == 0) return "";
  return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *of(int fd, char *into) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = disk == NULL ? -1 : readlink(link, into, PATH_BYTES - 1);
  if (length < 0) return NULL;
  into[length] = 0;
  return below(into);
}

static uint64_t inode(int fd, int64_t *size) {
  struct stat about;
  if (fstat(fd, &about) != 0) return 0;
  *size = about.st_size;
  return about.st_ino;
}

static void note(char kind, uint64_t inode, const char *name, const char *second, int64_t offset,
                 const void *bytes, uint64_t length) {
  if (trace < 0) return;
  struct record head = {kind, {0}, strlen(name), strlen(second), 0, inode, offset, length};
  struct iovec parts[] = {{&head, sizeof head},
                          {(void *)name, head.name},
                          {(void *)second, head.second},
                          {(void *)bytes, bytes == NULL ? 0 : length}};
  size_t all = sizeof head + head.name + head.second + parts[3].iov_len;
  if (writev(trace, parts, 4) != (ssize_t)all) abort();
}

/* What this call is to fail with, 0 for none. */
static int failing(char kind, const char *name) {
  static char last[256];
  static long seen;
  char line[256], kinds[16] = "", error[16] = "", part[128] = "";
  long first = 0, count = 0;
  int file = fault == NULL ? -1 : real_open(fault, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  line[length < 0 ? 0 : length] = 0;
  if (strcmp(line, last) != 0) {
    strcpy(last, line);
    seen = 0;
  }
  if (sscanf(line, "%15s %15s %ld %ld %127s", kinds, error, &first, &count, part) < 4) return 0;
  if (strchr(kinds, kind) == NULL || strstr(name, part) == NULL) return 0;
  seen++;
  if (seen < first || (count > 0 && seen >= first + count)) return 0;
  return strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
}

/* One call on an open file: refused, or done and written down, with nothing in between. */
#define ON_FILE(kind, result, call, then)                     \
  char path[PATH_BYTES];                                      \
  const char *name = of(fd, path);                            \
  if (name == NULL) return call;                              \
  int64_t size = 0;                                           \
  pthread_mutex_lock(&lock);                                  \
  int error = failing(kind, name);                            \
  result r = error != 0 ? -1 : call;                          \
  if (error == 0) error = r < 0 ? errno : 0;                  \
  uint64_t id = inode(fd, &size);                             \
  then;                                                       \
  pthread_mutex_unlock(&lock);                                \
  if (r < 0) errno = error;                                   \
  return r;

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
  ON_FILE('W', ssize_t, real_pwrite(fd, bytes, count, offset),
          if (r > 0) note('W', id, name, "", offset, bytes, r))
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  return pwrite64(fd, bytes, count, offset);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ON_FILE('W', ssize_t, real_write(fd, bytes, count),
          if (r > 0) note('W', id, name, "", lseek(fd, 0, SEEK_CUR) - r, bytes, r))
}

int ftruncate64(int fd, off_t length) {
  ON_FILE('T', int, real_ftruncate(fd, length), if (r == 0) note('T', id, name, "", length, NULL, 0))
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fsync(int fd) {
  ON_FILE('S', int, real_fsync(fd), note(r == 0 ? 'S' : 'X', id, name, "", 0, NULL, size))
}

int fdatasync(int fd) {
  ON_FILE('S', int, real_fdatasync(fd), note(r == 0 ? 'S' : 'X', id, name, "", 0, NULL, size))
}

static int opened(const char *path, int flags, mode_t mode) {
  const char *name = below(path);
  if (name == NULL || (flags & (O_CREAT | O_TRUNC)) == 0) return real_open(path, flags, mode);
  pthread_mutex_lock(&lock);
  int is_new = access(path, F_OK) != 0;
  int error = is_new ? failing('C', name) : 0;
  int fd = error != 0 ? -1 : real_open(path, flags, mode);
  if (error == 0) error = errno;
  int64_t size = 0;
  uint64_t id = fd < 0 ? 0 : inode(fd, &size);
  if (fd >= 0 && is_new) note('C', id, name, "", 0, NULL, 0);
  else if (fd >= 0 && (flags & O_TRUNC) != 0) note('T', id, name, "", 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  if (fd < 0) errno = error;
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return opened(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return opened(path, flags, mode);
}

/* One call on a path of the disk. */
#define ON_PATH(kind, path, second, call)                                              \
  const char *name = below(path), *other = *second == 0 ? "" : below(second);          \
  if (name == NULL || other == NULL) return call;                                      \
  pthread_mutex_lock(&lock);                                                           \
  int error = failing(kind, name);                                                     \
  int r = error != 0 ? -1 : call;                                                      \
  if (error == 0) error = errno;                                                       \
  if (r == 0) note(kind, 0, name, other, 0, NULL, 0);                                  \
  pthread_mutex_unlock(&lock);                                                         \
  if (r < 0) errno = error;                                                            \
  return r;

int unlink(const char *path) { ON_PATH('U', path, "", real_unlink(path)) }
int rmdir(const char *path) { ON_PATH('D', path, "", real_rmdir(path)) }
int mkdir(const char *path, mode_t mode) { ON_PATH('M', path, "", real_mkdir(path, mode)) }
int rename(const char *from, const char *to) { ON_PATH('R', from, to, real_rename(from, to)) }
