// Where a life is written down: every record goes to the checker as it comes, and, where a trace is
// wanted, to whoever wants it, at once: a life may end with the process. And the digest of
// everything that clients were sent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/history/checker.h"
#include "tests/simulation/scheduler.h"

namespace kith::simulation {

struct TraceLine {
  Time time{};
  std::string channel;  // empty: about all of them
  std::string text;
};
using Tell = std::function<void(const TraceLine&)>;

class Recorder {
 public:
  // `tell` may be empty.
  Recorder(const Scheduler& scheduler, Tell tell) : scheduler_(scheduler), tell_(std::move(tell)) {}

  void add(test::Record record) {
    record.t = scheduler_.now().count() * 1000;
    if (tell_) tell_({scheduler_.now(), record.channel, test::to_json(record)});
    checker_.add(record, ++lines_);
  }
  // For the reader of a trace: what the driver did.
  void note(std::string_view text) {
    if (tell_) tell_({scheduler_.now(), {}, std::string(text)});
  }
  bool tells() const { return static_cast<bool>(tell_); }
  // What the protocol forbids and the checker has no name for.
  void violation(std::string_view check, const std::string& what) {
    if (tell_) tell_({scheduler_.now(), {}, "VIOLATION " + what});
    ++found_total_;
    if (found_.size() < test::Verdict::kShownMax) {
      found_.push_back({std::string(check), what, {}});
    }
  }
  void took(std::string_view who, std::string_view bytes) {
    mix(static_cast<std::uint64_t>(scheduler_.now().count()));
    for (const char c : who) mix(static_cast<unsigned char>(c));
    for (const char c : bytes) mix(static_cast<unsigned char>(c));
    bytes_ += bytes.size();
  }
  std::uint64_t digest() const { return digest_; }
  std::uint64_t bytes() const { return bytes_; }

  test::Verdict finish() {
    test::Verdict verdict = checker_.finish();
    verdict.violations.insert(verdict.violations.end(), found_.begin(), found_.end());
    verdict.violations_total += found_total_;
    return verdict;
  }

 private:
  void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x0000'0100'0000'01B3; }

  const Scheduler& scheduler_;
  const Tell tell_;
  test::Checker checker_;
  std::uint64_t lines_ = 0;
  std::uint64_t digest_ = 0xCBF2'9CE4'8422'2325;
  std::uint64_t bytes_ = 0;
  std::uint64_t found_total_ = 0;
  std::vector<test::Violation> found_;
};

}  // namespace kith::simulation
