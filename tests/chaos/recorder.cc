#include "tests/chaos/recorder.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/process.h"

namespace kith::test {

Recorder::Recorder(const std::string& name) {
  const char* directory = std::getenv("KITH_CHAOS_HISTORY");
  if (directory == nullptr) return;
  file_.open(std::string(directory) + "/" + name + ".jsonl", std::ios::trunc);
  if (!file_) throw std::runtime_error(std::string("cannot write into ") + directory);
}

std::int64_t Recorder::now() const {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun_).count();
}

void Recorder::add(Record record) {
  record.t = now();
  if (file_.is_open()) file_ << to_json(record) << '\n';
  checker_.add(record, ++line_);
}

std::string keep_history(const std::string& name, const History& history, const Verdict& verdict) {
  const char* directory = std::getenv("KITH_CHAOS_HISTORY");
  if (directory == nullptr && verdict.ok()) return {};
  static std::atomic<int> kept{0};
  const std::filesystem::path path =
      std::filesystem::path(directory == nullptr ? std::filesystem::temp_directory_path().string()
                                                 : directory) /
      (name + '-' + std::to_string(::getpid()) + '-' + std::to_string(++kept) + ".jsonl");
  std::string text;
  for (const Record& record : history) append_json(text, record);
  write_file(path, text);
  return "history: " + path.string();
}

}  // namespace kith::test
