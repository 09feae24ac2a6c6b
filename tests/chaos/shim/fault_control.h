/* What the tests tell fault_shim.so, and what it tells them: one struct in a file that both have
 * mapped. KITH_SHIM in the environment of the process names the file. */
#pragma once

#include <stdint.h>

/* Which file an operation is on; one bit each. */
enum fault_file {
  FAULT_DATABASE = 1,   /* kith.db */
  FAULT_WAL = 2,        /* kith.db-wal */
  FAULT_SHM = 4,        /* kith.db-shm */
  FAULT_OTHER = 8,      /* whatever else has a path with KITH_SHIM_DATA in front */
  FAULT_LOG = 16,       /* stderr */
  FAULT_DIRECTORY = 32, /* KITH_SHIM_DATA itself; this and the next only know fsync */
  FAULT_ABOVE = 64      /* the directory that it is in */
};
#define FAULT_DISK (FAULT_DATABASE | FAULT_WAL | FAULT_SHM | FAULT_OTHER)

/* All fields are read and written atomically, in any order, while the process runs. */
struct fault_control {
  /* Disk full: files of full_files share this many bytes to grow by, then ENOSPC. */
  int64_t full_files;
  int64_t space_bytes;
  /* Every write to these: EIO. */
  int64_t write_error_files;
  /* Every write to these writes half, where it is of two bytes or more. */
  int64_t short_write_files;
  /* The next `fsync_errors` fsyncs and fdatasyncs of these, after `fsyncs_before` good ones: EIO.
   */
  int64_t fsync_error_files;
  int64_t fsyncs_before;
  int64_t fsync_errors;
  /* SIGKILL at the write number `kill_at_write` from now on (1: the next) to kill_files; 0: never.
   * Half of that write is done. */
  int64_t kill_files;
  int64_t kill_at_write;
  /* Added to the wall clock. The monotonic clock stays. */
  int64_t wall_offset_ns;

  /* Told by the shim. */
  int64_t loaded;
  int64_t refused_writes;
  int64_t failed_fsyncs;
  int64_t syncs_after_failure; /* of fsync_error_files */
  int64_t short_writes;
  /* Of files within KITH_SHIM_DATA: how often one was given another name, how many of these names
   * no fsync of the directory has made safe since, and how often the file held what no fsync of its
   * own had made safe before: a power cut may leave the name and not the content. */
  int64_t renames;
  int64_t unsafe_renames;
  int64_t torn_renames;
  /* How often KITH_SHIM_DATA was made, and whether no fsync of the directory that it is in has made
   * that safe since. */
  int64_t directories;
  int64_t unsafe_directory;
};
