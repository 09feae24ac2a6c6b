#include "tests/history/machine_check.h"

namespace kith::test {

void judge_resource(const Record& record, Line line, Reporter& reporter) {
  if (record.value <= record.limit) return;
  reporter.report("C14",
                  record.what + " is " + std::to_string(record.value) + ", above its limit of " +
                      std::to_string(record.limit),
                  {line});
}

void judge_process(const Record& record, Line line, Reporter& reporter) {
  const bool crashed = record.event == "exited" && !record.expected;
  if (!crashed && record.event != "sanitizer") return;
  reporter.report("C15", record.what + " " + record.event + ": " + record.code, {line});
}

void judge_heal(const Record& record, Line line, Reporter& reporter) {
  if (record.well && *record.well <= record.deadline) return;
  const auto milliseconds = [&](std::int64_t t) {
    return std::to_string((t - record.t) / 1'000'000) + " ms";
  };
  reporter.report("C16",
                  "after " + record.what + " all was to be well in " +
                      milliseconds(record.deadline) + ", and was " +
                      (record.well ? "in " + milliseconds(*record.well) : "never"),
                  {line});
}

}  // namespace kith::test
