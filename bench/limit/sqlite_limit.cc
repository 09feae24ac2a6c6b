#include "bench/limit/sqlite_limit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "bench/limit/message_source.h"
#include "bench/limit/pace.h"
#include "bench/limit/sqlite_store.h"

namespace kith::limit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kPrefillBatch = 4096;
constexpr int kPrefillWalPages = 40'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double microseconds(const timeval& before, const timeval& after) {
  return static_cast<double>(after.tv_sec - before.tv_sec) * 1e6 +
         static_cast<double>(after.tv_usec - before.tv_usec);
}

class Loop {
 public:
  explicit Loop(const SqliteOptions& options)
      : options_(options),
        source_({.channels = options.channels,
                 .senders = options.senders,
                 .text_bytes = options.text_bytes}),
        store_(options.file, options.channels),
        queue_(static_cast<std::size_t>(std::max<std::int64_t>(options.batch, kPrefillBatch))) {}

  SqliteFigures run() {
    prefill();
    rusage before{};
    rusage after{};
    const std::int64_t pages = store_.pages_written();
    ::getrusage(RUSAGE_SELF, &before);
    Pace pace(options_.rate, options_.batch);
    while (pace.elapsed_s() < options_.seconds) turn(pace);
    const double wall = pace.elapsed_s();
    ::getrusage(RUSAGE_SELF, &after);
    const auto messages = static_cast<double>(std::max<std::int64_t>(figures_.messages, 1));
    figures_.per_s = static_cast<double>(figures_.messages) / wall;
    figures_.user_us = microseconds(before.ru_utime, after.ru_utime) / messages;
    figures_.system_us = microseconds(before.ru_stime, after.ru_stime) / messages;
    figures_.mean_batch =
        messages / static_cast<double>(std::max<std::size_t>(figures_.commits_us.size(), 1));
    figures_.checkpoint_share = checkpoint_s_ / wall;
    // A page of the log has a header of 24 bytes.
    figures_.wal_bytes = static_cast<double>(store_.pages_written() - pages) * 4120 / messages;
    store_.checkpoint();
    const std::int64_t expected = prefilled_ + figures_.messages;
    if (store_.count() != expected) throw std::runtime_error("sqlite: rows are missing");
    figures_.database_bytes = static_cast<std::int64_t>(std::filesystem::file_size(options_.file));
    return std::move(figures_);
  }

 private:
  void prefill() {
    while (prefilled_ < options_.prefill) {
      const std::int64_t count = std::min(kPrefillBatch, options_.prefill - prefilled_);
      write(count);
      prefilled_ += count;
      if (store_.wal_pages() > kPrefillWalPages) store_.checkpoint();
    }
    store_.checkpoint();
  }

  void turn(Pace& pace) {
    const std::int64_t count = pace.due();
    if (count == 0) return;
    const auto begun = Clock::now();
    write(count);
    figures_.commits_us.push_back(seconds_since(begun) * 1e6);
    pace.committed(count, figures_.acks_us);
    figures_.messages += count;
    if (store_.wal_pages() < options_.wal_pages) return;
    const auto checkpoint = Clock::now();
    store_.checkpoint();
    checkpoint_s_ += seconds_since(checkpoint);
    ++figures_.checkpoints;
  }

  void write(std::int64_t count) {
    const auto messages = std::span(queue_).first(static_cast<std::size_t>(count));
    for (SourceMessage& message : messages) source_.next(message);
    store_.write(messages, source_);
  }

  const SqliteOptions& options_;
  MessageSource source_;
  SqliteStore store_;
  std::vector<SourceMessage> queue_;
  SqliteFigures figures_;
  std::int64_t prefilled_ = 0;
  double checkpoint_s_ = 0;
};

}  // namespace

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

SqliteFigures run_sqlite_limit(const SqliteOptions& options) {
  const SqliteFiles files(options.file);
  Loop loop(options);
  return loop.run();
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

double fsync_us(const std::string& directory) {
  constexpr int kProbes = 101;
  const std::string name = directory + "/fsync-probe";
  const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), name);
  std::array<char, 4096> page{};
  std::vector<double> times;
  bool good = true;
  for (int probe = 0; probe < kProbes && good; ++probe) {
    page.fill(static_cast<char>(probe));
    const auto start = Clock::now();
    good = ::pwrite(file, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size()) &&
           ::fdatasync(file) == 0;
    times.push_back(seconds_since(start) * 1e6);
  }
  const int error = errno;
  ::close(file);
  ::unlink(name.c_str());
  if (!good) throw std::system_error(error, std::generic_category(), name);
  return quantile(std::move(times), 0.5);
}

}  // namespace kith::limit
