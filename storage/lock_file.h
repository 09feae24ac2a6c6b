// Keeps a second process off a data directory (RELIABILITY 1.1 rule 3). The kernel lets the lock go
// with the process, however it ends; the file stays and names the last holder.
#pragma once

#include <memory>
#include <string>

#include "protocol/result.h"

namespace kith {

class LockFile {
 public:
  // unavailable: "... is in use by another kithd (pid N)", or it cannot be made.
  static Result<std::unique_ptr<LockFile>> acquire(const std::string& path);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace kith
