#include "tests/chaos/recorder.h"

#include <cstdlib>
#include <stdexcept>

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

}  // namespace kith::test
