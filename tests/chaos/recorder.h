// Where the clients of a crowd write down what they did and saw: straight into the history checker,
// so that no run is too long for it, and beside that into a file, for who wants to know more of a
// bad verdict.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/history/checker.h"

namespace kith::test {

class Recorder {
 public:
  // The file is NAME.jsonl in the directory that KITH_CHAOS_HISTORY names, and stays. Without that
  // it is one for temporary files, stays where the verdict is bad, and is given up where it would
  // be longer than any run of the short form.
  explicit Recorder(const std::string& name);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void add(Record record);  // `t` is set here
  Verdict finish();         // once
  // Behind finish(): where the history is, or why there is none; empty where none was to be kept.
  const std::string& kept() const { return kept_; }
  std::int64_t now() const;

 private:
  void give_up_file();

  Checker checker_;
  std::uint64_t line_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool asked_for_ = false;
  std::filesystem::path path_;
  std::ofstream file_;
  std::uint64_t file_bytes_ = 0;
  std::string kept_;
};

// A history that was kept in memory: into a file for kith-check where KITH_CHAOS_HISTORY names a
// directory, and in any case where the verdict is bad. Says where, or nothing.
std::string keep_history(const std::string& name, const History& history, const Verdict& verdict);

}  // namespace kith::test
