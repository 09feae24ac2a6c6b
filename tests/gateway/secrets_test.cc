#include "gateway/secrets.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace kith {
namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory()
      : path_(std::filesystem::temp_directory_path() /
              ("kith-secrets-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::string secret_file() const { return path() + "/signing_secret"; }

 private:
  std::filesystem::path path_;
};

void write_secret(const TemporaryDirectory& directory, const std::string& bytes, mode_t mode) {
  std::ofstream(directory.secret_file(), std::ios::binary) << bytes;
  ::chmod(directory.secret_file().c_str(), mode);
}

}  // namespace

TEST_CASE("the first start makes a secret for its owner alone, the next one finds it") {
  const TemporaryDirectory directory;
  const auto missing = read_signing_secret(directory.path());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);

  const auto made = read_or_make_signing_secret(directory.path());
  REQUIRE(made);
  CHECK(made->size() == 32);
  struct stat status {};
  REQUIRE(::stat(directory.secret_file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(*read_or_make_signing_secret(directory.path()) == *made);
  CHECK(*read_signing_secret(directory.path()) == *made);
  // Nothing is left beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("the data directory is made where there is none, closed to others") {
  const TemporaryDirectory directory;
  const auto inner = directory.path() + "/a/b";
  REQUIRE(read_or_make_signing_secret(inner));
  struct stat status {};
  REQUIRE(::stat(inner.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a secret that is short, open to others or no file is refused by name") {
  const TemporaryDirectory directory;
  const auto refused = [&](std::string_view reason) {
    const auto secret = read_or_make_signing_secret(directory.path());
    REQUIRE_FALSE(secret);
    CAPTURE(secret.error().message);
    CHECK(secret.error().code == ErrorCode::bad_request);
    CHECK(secret.error().message.find(directory.secret_file()) != std::string::npos);
    CHECK(secret.error().message.find(reason) != std::string::npos);
  };
  write_secret(directory, std::string(31, 'x'), 0600);
  refused("shorter than 32 bytes");
  write_secret(directory, "", 0600);
  refused("shorter than 32 bytes");
  write_secret(directory, std::string(32, 'x'), 0640);
  refused("open to others");
  write_secret(directory, std::string(32, 'x'), 0604);
  refused("open to others");
  std::filesystem::remove(directory.secret_file());
  std::filesystem::create_directory(directory.secret_file());
  refused("no plain file");
}

TEST_CASE("makers at the same moment agree on one secret") {
  const TemporaryDirectory directory;
  std::vector<std::string> secrets(8);
  std::vector<std::thread> threads;
  for (auto& secret : secrets) {
    threads.emplace_back([&secret, &directory] {
      // Threads of one process share the name of the file beside, so one may find it taken.
      for (auto made = read_or_make_signing_secret(directory.path());;
           made = read_or_make_signing_secret(directory.path())) {
        if (!made) continue;
        secret = *made;
        return;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& secret : secrets) CHECK(secret == secrets.front());
}

}  // namespace kith
