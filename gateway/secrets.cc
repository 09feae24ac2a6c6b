#include "gateway/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace kith {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr off_t kSecretBytesMax = 4096;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string path_in(const std::string& directory) {
  return directory + "/signing_secret";
}

Error refuse(const std::string& path, std::string_view reason) {
  return fail(ErrorCode::bad_request, fmt::format("{}: {}", path, reason));
}
Error refuse_errno(const std::string& path, std::string_view what) {
  return refuse(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<std::string> read_exactly(int fd, const std::string& path, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const auto got = ::read(fd, bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return refuse(path, "cannot be read");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Status write_durably(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return refuse_errno(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  if (::fsync(fd) != 0) return refuse_errno(path, "cannot be written");
  return Nothing{};
}

Status sync_directory(const std::string& directory) {
  const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.open() || ::fsync(descriptor.get()) != 0) {
    return refuse_errno(directory, "cannot be written");
  }
  return Nothing{};
}

// Written beside and then linked into place, so that nobody ever reads half of it and the first of
// two makers wins.
Status make_secret(const std::string& directory) {
  std::array<char, kSecretBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  const std::string path = path_in(directory);
  const std::string beside = fmt::format("{}.{}", path, ::getpid());
  ::unlink(beside.c_str());  // of an earlier process that had our id; fails where there is none
  const Descriptor descriptor(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.open()) return refuse_errno(beside, "cannot be made");
  auto written = write_durably(descriptor.get(), beside, {bytes.data(), bytes.size()});
  sodium_memzero(bytes.data(), bytes.size());
  if (written && ::link(beside.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    written = refuse_errno(path, "cannot be made");
  }
  ::unlink(beside.c_str());
  if (!written) return written;
  return sync_directory(directory);
}

}  // namespace

Result<std::string> read_signing_secret(const std::string& data_directory) {
  const std::string path = path_in(data_directory);
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.open()) {
    if (errno != ENOENT && errno != ENOTDIR) return refuse_errno(path, "cannot be opened");
    return fail(ErrorCode::not_found,
                fmt::format("{}: there is none yet; the first start of kithd makes it", path));
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return refuse_errno(path, "cannot be read");
  if (!S_ISREG(status.st_mode)) return refuse(path, "is no plain file");
  if ((status.st_mode & 077) != 0) return refuse(path, "is open to others: chmod 600 it");
  if (status.st_size < static_cast<off_t>(kSecretBytes)) {
    return refuse(path, "is shorter than 32 bytes");
  }
  if (status.st_size > kSecretBytesMax) return refuse(path, "is larger than 4096 bytes");
  return read_exactly(descriptor.get(), path, static_cast<std::size_t>(status.st_size));
}

Result<std::string> read_or_make_signing_secret(const std::string& data_directory) {
  auto secret = read_signing_secret(data_directory);
  if (secret || secret.error().code != ErrorCode::not_found) return secret;
  if (sodium_init() < 0) return refuse(data_directory, "the system gives no random bytes");
  std::error_code error;
  if (std::filesystem::create_directories(data_directory, error)) {
    std::filesystem::permissions(data_directory, std::filesystem::perms::owner_all, error);
  }
  if (error) return refuse(data_directory, "cannot be made: " + error.message());
  if (auto made = make_secret(data_directory); !made) return made.error();
  return read_signing_secret(data_directory);
}

}  // namespace kith
