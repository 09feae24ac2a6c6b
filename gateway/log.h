// Log lines: one JSON object per line on stderr, {"time":...,"level":...,"event":...,fields}.
//
// Logging never waits: lines go through a bounded queue to a thread of its own. When stderr takes
// nothing (a full pipe), lines are dropped and counted, and a line "log.dropped" says how many once
// it takes lines again; when it is closed, everything is dropped. The caller notices none of it
// (SIGPIPE is ignored).
//
// Fields name correlation_id, user_id and chat_id where these apply. Tokens, passwords and message
// text never go into a field. Text from outside is escaped, and cut to 512 bytes.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/ids.h"

namespace kith {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

struct LogField {
  std::string_view name;  // snake_case, ours
  std::variant<std::string_view, std::int64_t, double, bool, UserId, ChannelId> value;

  LogField(std::string_view n, std::string_view text) : name(n), value(text) {}
  LogField(std::string_view n, const std::string& text) : name(n), value(std::string_view(text)) {}
  LogField(std::string_view n, const char* text) : name(n), value(std::string_view(text)) {}
  LogField(std::string_view n, bool flag) : name(n), value(flag) {}
  LogField(std::string_view n, double number) : name(n), value(number) {}
  template <std::integral T>
  LogField(std::string_view n, T number) : name(n), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view n, const UserId& id) : name(n), value(id) {}
  LogField(std::string_view n, const ChannelId& id) : name(n), value(id) {}
  LogField(std::string_view n, const ChatId& id) : name(n), value(ChannelId(id)) {}
};

// Before and after these two, log_event writes straight to stderr. Call them on the main thread.
// `level` is one of the names of log.level. stop_log writes what is queued, but gives up after two
// seconds on a stderr that takes nothing.
void start_log(std::string_view level);
void stop_log();

bool log_enabled(LogLevel level);

// From any thread; never blocks, never throws. `event` is dotted and ours: "http.refused".
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Lines lost since the start, for /metrics.
std::uint64_t log_lines_dropped();

// The line without its newline, as log_event writes it; for tests.
std::string format_log_line(LogLevel level, std::string_view event,
                            std::initializer_list<LogField> fields, WallTime now);

}  // namespace kith
