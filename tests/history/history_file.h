// Histories on disk: several files read as one, in the order of `t`, without holding them in
// memory; and the verdict on them.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/history/checker.h"

namespace kith::test {

class HistoryFiles {
 public:
  explicit HistoryFiles(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  // Calls back for each record. Within a file, the order is the file's.
  // Throws std::runtime_error, with file and line, where one cannot be read: it is then unknown
  // what happened, and no verdict is possible. That includes a last line without its newline.
  void for_each(const std::function<void(const Record&, std::uint64_t line)>& callback) const;
  // "ann.jsonl:12" of what for_each called a line.
  std::string name_of(std::uint64_t line) const;

 private:
  std::vector<std::filesystem::path> paths_;
};

// Throws as for_each does.
Verdict check(const HistoryFiles& files);

// All of a small history.
History read_history(const std::filesystem::path& path);
void write_history(const std::filesystem::path& path, const History& history);

}  // namespace kith::test
