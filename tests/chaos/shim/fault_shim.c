/* A shared library for LD_PRELOAD that stands between kithd and the kernel: the disk is full, an
 * fsync fails, a write is short or the last, the wall clock is another; and it looks whether names
 * are given to what a power cut would leave. It needs no privileges. See
 * fault_control.h; without KITH_SHIM in the environment it does nothing. */
#define _GNU_SOURCE
#include "fault_control.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct fault_control* control;
static char data_directory[4096];
static size_t data_directory_bytes;

static int64_t read_field(const int64_t* field) {
  return __atomic_load_n(field, __ATOMIC_SEQ_CST);
}
static void count(int64_t* field) {
  __atomic_add_fetch(field, 1, __ATOMIC_SEQ_CST);
}

__attribute__((constructor)) static void load(void) {
  const char* name = getenv("KITH_SHIM");
  const char* data = getenv("KITH_SHIM_DATA");
  if (name == NULL || data == NULL) return;
  data_directory_bytes = strlen(data);
  if (data_directory_bytes >= sizeof data_directory) return;
  memcpy(data_directory, data, data_directory_bytes + 1);
  const int file = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* mapped =
      mmap(NULL, sizeof(struct fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) return;
  control = mapped;
  count(&control->loaded);
}

static int ends_with(const char* text, size_t bytes, const char* end) {
  const size_t end_bytes = strlen(end);
  return bytes >= end_bytes && memcmp(text + bytes - end_bytes, end, end_bytes) == 0;
}

static int is_above(const char* path, size_t bytes) {
  const char* slash = strrchr(data_directory, '/');
  return slash != NULL && bytes == (size_t)(slash - data_directory) &&
         memcmp(path, data_directory, bytes) == 0;
}

static int64_t kind_of(int descriptor) {
  if (control == NULL) return 0;
  if (descriptor == STDERR_FILENO) return FAULT_LOG;
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t got = readlink(link, path, sizeof path);
  if (got < 0) return 0;
  const size_t bytes = (size_t)got;
  if (is_above(path, bytes)) return FAULT_ABOVE;
  if (bytes < data_directory_bytes) return 0;
  if (memcmp(path, data_directory, data_directory_bytes) != 0) return 0;
  if (bytes == data_directory_bytes) return FAULT_DIRECTORY;
  if (ends_with(path, bytes, "/kith.db")) return FAULT_DATABASE;
  if (ends_with(path, bytes, "/kith.db-wal")) return FAULT_WAL;
  if (ends_with(path, bytes, "/kith.db-shm")) return FAULT_SHM;
  return FAULT_OTHER;
}

/* FAULT_OTHER files, by inode, that hold what no fsync has made safe. Few are ever written: what
 * does not fit is forgotten. */
#define UNSAFE_MAX 64
static pthread_mutex_t unsafe_lock = PTHREAD_MUTEX_INITIALIZER;
static ino_t unsafe[UNSAFE_MAX];
static size_t unsafe_count;

/* Where it stands; unsafe_count where it does not. The lock is held. */
static size_t find_unsafe(ino_t inode) {
  size_t at = 0;
  while (at < unsafe_count && unsafe[at] != inode) ++at;
  return at;
}

static void note_write(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return;
  pthread_mutex_lock(&unsafe_lock);
  if (find_unsafe(status.st_ino) == unsafe_count && unsafe_count < UNSAFE_MAX) {
    unsafe[unsafe_count++] = status.st_ino;
  }
  pthread_mutex_unlock(&unsafe_lock);
}

static void note_sync(int descriptor) {
  struct stat status;
  const int64_t kind = kind_of(descriptor);
  if (kind == FAULT_DIRECTORY) {
    __atomic_store_n(&control->unsafe_renames, 0, __ATOMIC_SEQ_CST);
  }
  if (kind == FAULT_ABOVE) __atomic_store_n(&control->unsafe_directory, 0, __ATOMIC_SEQ_CST);
  if (kind != FAULT_OTHER || fstat(descriptor, &status) != 0) return;
  pthread_mutex_lock(&unsafe_lock);
  const size_t at = find_unsafe(status.st_ino);
  if (at < unsafe_count) unsafe[at] = unsafe[--unsafe_count];
  pthread_mutex_unlock(&unsafe_lock);
}

static int is_unsafe(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) return 0;
  pthread_mutex_lock(&unsafe_lock);
  const int found = find_unsafe(status.st_ino) < unsafe_count;
  pthread_mutex_unlock(&unsafe_lock);
  return found;
}

int rename(const char* from, const char* to) {
  const int ours = control != NULL && strncmp(to, data_directory, data_directory_bytes) == 0;
  if (ours && is_unsafe(from)) count(&control->torn_renames);
  const int outcome = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  if (ours && outcome == 0) {
    count(&control->renames);
    count(&control->unsafe_renames);
  }
  return outcome;
}

int mkdir(const char* path, mode_t mode) {
  const int outcome = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  if (outcome == 0 && control != NULL && strcmp(path, data_directory) == 0) {
    count(&control->unsafe_directory);
    count(&control->directories);
  }
  return outcome;
}

/* How much of the write there is room for, and takes it. */
static size_t take_space(int descriptor, size_t bytes, int64_t at) {
  struct stat status;
  int64_t growth = (int64_t)bytes; /* of the log, whatever it is: a pipe has no size */
  if (at >= 0) {
    if (fstat(descriptor, &status) != 0) return bytes;
    growth = at + (int64_t)bytes - status.st_size;
  }
  if (growth <= 0) return bytes;
  int64_t space = read_field(&control->space_bytes);
  int64_t taken;
  do {
    taken = growth < space ? growth : space;
    if (taken < 0) taken = 0;
  } while (!__atomic_compare_exchange_n(&control->space_bytes, &space, space - taken, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  const int64_t left = (int64_t)bytes - (growth - taken);
  return left > 0 ? (size_t)left : 0;
}

static int is_the_last_write(int64_t kind) {
  if ((read_field(&control->kill_files) & kind) == 0) return 0;
  if (read_field(&control->kill_at_write) <= 0) return 0;
  return __atomic_sub_fetch(&control->kill_at_write, 1, __ATOMIC_SEQ_CST) == 0;
}

static ssize_t do_write(int descriptor, const void* from, size_t bytes, int64_t at) {
  if (at < 0) return syscall(SYS_write, descriptor, from, bytes);
  return syscall(SYS_pwrite64, descriptor, from, bytes, at);
}

/* Half of it, but whole sectors: neither a kernel nor a disk stops within one. */
static size_t torn(size_t bytes, int64_t at) {
  const size_t end = (size_t)(at < 0 ? 0 : at) + bytes / 2;
  const size_t past_sector = end % 512;
  return bytes / 2 > past_sector ? bytes / 2 - past_sector : 0;
}

/* `at` < 0: where the descriptor stands. */
static ssize_t faulty_write(int descriptor, const void* from, size_t bytes, int64_t at) {
  const int64_t kind = kind_of(descriptor);
  if (kind == 0 || bytes == 0) return do_write(descriptor, from, bytes, at);
  if (kind == FAULT_OTHER) note_write(descriptor);
  if ((read_field(&control->write_error_files) & kind) != 0) {
    count(&control->refused_writes);
    errno = EIO;
    return -1;
  }
  if (is_the_last_write(kind)) {
    do_write(descriptor, from, torn(bytes, at), at);
    kill(getpid(), SIGKILL);
  }
  if ((read_field(&control->full_files) & kind) != 0) {
    const size_t room = take_space(descriptor, bytes, at);
    if (room == 0) {
      count(&control->refused_writes);
      errno = ENOSPC;
      return -1;
    }
    bytes = room;
  }
  if ((read_field(&control->short_write_files) & kind) != 0 && bytes > 1) {
    count(&control->short_writes);
    bytes /= 2;
  }
  return do_write(descriptor, from, bytes, at);
}

ssize_t write(int descriptor, const void* from, size_t bytes) {
  return faulty_write(descriptor, from, bytes, -1);
}
ssize_t pwrite(int descriptor, const void* from, size_t bytes, off_t at) {
  return faulty_write(descriptor, from, bytes, at);
}
ssize_t pwrite64(int descriptor, const void* from, size_t bytes, off64_t at) {
  return faulty_write(descriptor, from, bytes, at);
}

static int sync_fails(int descriptor) {
  const int64_t kind = kind_of(descriptor);
  if (kind == 0 || (read_field(&control->fsync_error_files) & kind) == 0) return 0;
  if (__atomic_sub_fetch(&control->fsyncs_before, 1, __ATOMIC_SEQ_CST) >= 0) return 0;
  if (__atomic_sub_fetch(&control->fsync_errors, 1, __ATOMIC_SEQ_CST) < 0) {
    if (read_field(&control->failed_fsyncs) > 0) count(&control->syncs_after_failure);
    return 0;
  }
  count(&control->failed_fsyncs);
  errno = EIO;
  return 1;
}

static int sync_by(long call, int descriptor) {
  if (sync_fails(descriptor)) return -1;
  const int outcome = (int)syscall(call, descriptor);
  if (outcome == 0) note_sync(descriptor);
  return outcome;
}
int fsync(int descriptor) {
  return sync_by(SYS_fsync, descriptor);
}
int fdatasync(int descriptor) {
  return sync_by(SYS_fdatasync, descriptor);
}

static int is_wall_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int outcome = (int)syscall(SYS_clock_gettime, clock, now);
  if (outcome != 0 || control == NULL || !is_wall_clock(clock)) return outcome;
  const int64_t ns = now->tv_nsec + read_field(&control->wall_offset_ns) % 1000000000;
  now->tv_sec += read_field(&control->wall_offset_ns) / 1000000000;
  now->tv_nsec = ns;
  if (ns < 0) {
    now->tv_nsec += 1000000000;
    --now->tv_sec;
  } else if (ns >= 1000000000) {
    now->tv_nsec -= 1000000000;
    ++now->tv_sec;
  }
  return 0;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec precise;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != NULL) *into = now.tv_sec;
  return now.tv_sec;
}
