// Decides from a history (record.h) whether the promises held (RELIABILITY 2.1; the names follow
// Jepsen's and Maelstrom's): it knows nothing of the server, only of what clients did and saw.
//
//   C1  no acked loss: what was acked (a send, an edit ...) stands in the final log, and reached
//       every client that follows the channel to the end and may read it, but for announced gaps
//   C2  no duplicate: one client_message_id <-> one (channel, seq); a retry gets the same seq
//   C3  gapless: the numbers of a log are 1..n, each once
//   C4  order: a connection sees a channel's numbers rising by one from where it attached
//   C5  agreement: at one (channel, seq) everybody sees the same message, as it was written, or a
//       newer edit of it, or its tombstone; and never an older one again
//   C6  no phantom: nothing is seen that was refused or never sent; what had an unknown outcome may
//       be there or not, but does not go away again
//   C7  read your writes: a history that is asked for after a send's ack shows it
//   C10 membership: no durable event numbered after the one that ended a right reaches its user;
//       ephemeral ones stop within 2 s
//   C11 convergence: what a client was told of presence is true 60 s after a change or a fault;
//       nobody is said to type 6 s after they stopped
//   C14 bounded: no resource above its limit
//   C15 no crash: no process ended that was not meant to, no sanitizer report
//   C16 liveness: after each fault all is well by the deadline
//
// C8, C9, C12 and C13 are about parts that have suites of their own.
//
// One thing that went wrong may break several promises; each is then reported. What a history does
// not say is not judged: no finals, no C3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/history/record.h"

namespace kith::test {

struct Violation {
  std::string check;  // "C1" ...
  std::string what;
  std::vector<std::uint64_t> lines;  // of the records that show it; numbered from 1 by check()

  bool operator==(const Violation&) const = default;
};

struct Verdict {
  std::vector<Violation> violations;  // the first kShownMax of each check
  std::uint64_t violations_total = 0;

  // What was looked at: a verdict over nothing is not worth much.
  std::uint64_t records = 0;
  std::uint64_t channels = 0;
  std::uint64_t acked = 0;    // sends
  std::uint64_t unknown = 0;  // operations
  std::uint64_t deliveries = 0;
  std::uint64_t finals = 0;  // entries of final logs

  static constexpr std::size_t kShownMax = 20;

  bool ok() const { return violations_total == 0; }
  bool broke(std::string_view check) const;
  // Broke this one, and nothing else.
  bool broke_only(std::string_view check) const;
};

// Takes a history record by record, in order, so that no history has to fit into memory: what it
// keeps grows with the messages and the clients, not with the deliveries. One thread.
class Checker {
 public:
  Checker();
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  // `line` is what a violation will name this record by.
  void add(const Record& record, std::uint64_t line);
  // The history is whole. Call once.
  Verdict finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Verdict check(const History& history);

// A page for people: what was looked at, then the violations, or that there is none.
// `name_of` says how a record is called.
void print(std::ostream& out, const Verdict& verdict,
           const std::function<std::string(std::uint64_t line)>& name_of);
std::ostream& operator<<(std::ostream& out, const Verdict& verdict);
std::string to_text(const Verdict& verdict);

}  // namespace kith::test
