#include "storage/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace kith {
namespace {

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t bytes = pread(descriptor, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < bytes && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i) {
    pid += text[static_cast<std::size_t>(i)];
  }
  return pid.empty() ? std::string() : " (pid " + pid + ")";
}

}  // namespace

Result<std::unique_ptr<LockFile>> LockFile::acquire(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::unavailable, path + ": " + std::strerror(errno));
  }
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    std::string line = path + ": " + std::strerror(error);
    if (error == EWOULDBLOCK) {
      const auto slash = path.rfind('/');
      line = path.substr(0, slash) + " is in use by another kithd" + holder(descriptor);
    }
    close(descriptor);
    return fail(ErrorCode::unavailable, line);
  }
  std::unique_ptr<LockFile> lock(new LockFile(descriptor));
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail(ErrorCode::unavailable, path + ": " + std::strerror(errno));
  }
  return lock;
}

LockFile::~LockFile() {
  close(descriptor_);
}

}  // namespace kith
