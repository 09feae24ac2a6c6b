// The history of a run (--history FILE): one JSON object a line of what each client asked for, was
// answered and saw. kith-check judges it; tests/history/record.h is the format.
//
// Any thread may write. Lines of one client stand in its order, those of several about in the order
// of their time. As large as the run: some 350 bytes per event that somebody receives.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/ids.h"

namespace kith::bench {

class HistoryFile {
 public:
  // Throws std::runtime_error where it cannot be opened.
  explicit HistoryFile(const std::string& path);

  void write(std::string_view lines);
  // A chat's log had come to `head` before this run wrote to it: the first word counts, and is
  // written. What stands at or below it is not of this run.
  void begins_at(std::string_view chat, Seq head, std::int64_t t);
  // 0 where nobody has said.
  Seq beginning_of(std::string_view chat);

  // The run has come to its end, and everybody has everything: clients that are there now are there
  // finally, and may be asked what they lack.
  void settle();
  bool settled();
  // Throws std::runtime_error where not everything could be written.
  void close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_locked(std::string_view lines);

  std::mutex mutex_;
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
  bool settled_ = false;
  std::unordered_map<std::string, Seq> beginnings_;
};

}  // namespace kith::bench
