// Where the clients of a crowd write down what they did and saw: straight into the history checker,
// so that no run is too long for it, and beside that into a file where KITH_CHAOS_HISTORY names a
// directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#include "tests/history/checker.h"

namespace kith::test {

class Recorder {
 public:
  // `name` becomes the file's.
  explicit Recorder(const std::string& name);

  void add(Record record);  // `t` is set here
  Verdict finish() { return checker_.finish(); }
  std::int64_t now() const;

 private:
  Checker checker_;
  std::uint64_t line_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::ofstream file_;
};

// A history that was kept in memory: into a file for kith-check where KITH_CHAOS_HISTORY names a
// directory, and in any case where the verdict is bad. Says where, or nothing.
std::string keep_history(const std::string& name, const History& history, const Verdict& verdict);

}  // namespace kith::test
