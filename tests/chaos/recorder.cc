#include "tests/chaos/recorder.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/process.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

// The soak's, the longest, writes 2 MB a second for half a minute.
constexpr std::uint64_t kUnaskedBytesMax = 256ULL << 20;

const char* history_directory() {
  return std::getenv("KITH_CHAOS_HISTORY");
}

fs::path own_path(const fs::path& directory, const std::string& name) {
  static std::atomic<int> made{0};
  return directory /
         (name + '-' + std::to_string(::getpid()) + '-' + std::to_string(++made) + ".jsonl");
}

}  // namespace

Recorder::Recorder(const std::string& name) {
  const char* directory = history_directory();
  asked_for_ = directory != nullptr;
  path_ = asked_for_ ? fs::path(directory) / (name + ".jsonl")
                     : own_path(fs::temp_directory_path(), name);
  file_.open(path_, std::ios::trunc);
  if (!file_) throw std::runtime_error("cannot write " + path_.string());
}

Recorder::~Recorder() {
  if (file_.is_open() && !asked_for_) give_up_file();
}

void Recorder::give_up_file() {
  file_.close();
  std::error_code error;
  fs::remove(path_, error);
}

std::int64_t Recorder::now() const {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun_).count();
}

void Recorder::add(Record record) {
  record.t = now();
  if (file_.is_open()) {
    std::string line;
    append_json(line, record);
    file_ << line;
    file_bytes_ += line.size();
    if (!asked_for_ && file_bytes_ > kUnaskedBytesMax) give_up_file();
  }
  checker_.add(record, ++line_);
}

Verdict Recorder::finish() {
  Verdict verdict = checker_.finish();
  if (!file_.is_open()) {
    if (!verdict.ok()) kept_ = "history: too long to be kept unasked, see KITH_CHAOS_HISTORY";
  } else if (!asked_for_ && verdict.ok()) {
    give_up_file();
  } else {
    file_.close();
    kept_ = (file_ ? "history: " : "history, not all of it: ") + path_.string();
  }
  return verdict;
}

std::string keep_history(const std::string& name, const History& history, const Verdict& verdict) {
  const char* directory = history_directory();
  if (directory == nullptr && verdict.ok()) return {};
  const fs::path path =
      own_path(directory == nullptr ? fs::temp_directory_path() : fs::path(directory), name);
  std::string text;
  for (const Record& record : history) append_json(text, record);
  write_file(path, text);
  return "history: " + path.string();
}

}  // namespace kith::test
