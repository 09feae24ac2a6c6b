#include "gateway/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace kith {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

const WallTime kLoggedAt{seconds(1'800'000'000)};

// stderr is a pipe while this lives.
class StderrPipe {
 public:
  StderrPipe() : saved_(::dup(STDERR_FILENO)) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read_ = ends[0];
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  StderrPipe(const StderrPipe&) = delete;
  StderrPipe& operator=(const StderrPipe&) = delete;
  ~StderrPipe() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    close_reader();
  }
  void close_reader() {
    if (read_ >= 0) ::close(read_);
    read_ = -1;
  }
  // What has come so far; waits for some of it.
  std::string read_some() const {
    std::string out(65536, '\0');
    const auto got = ::read(read_, out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

 private:
  int saved_;
  int read_ = -1;
};

bool is_json(const std::string& line) {
  simdjson::dom::parser parser;
  return parser.parse(line).error() == simdjson::SUCCESS;
}

}  // namespace

TEST_CASE("a line is one JSON object with time, level, event and fields") {
  const UserId user{Uuid{1}};
  const auto line = format_log_line(LogLevel::warn, "http.refused",
                                    {{"correlation_id", "abc"},
                                     {"user_id", user},
                                     {"status", 429},
                                     {"seconds", 1.5},
                                     {"retry", true}},
                                    kLoggedAt);
  CHECK(line == R"({"time":"2027-01-15T08:00:00.000Z","level":"warn","event":"http.refused",)"
                R"("correlation_id":"abc","user_id":")" +
                    user.text() + R"(","status":429,"seconds":1.5,"retry":true})");
}

TEST_CASE("text from outside cannot break a line") {
  const std::string nasty_bytes("a\nb\r\x1b[31m\"}\\{\0\xff\xc3", 17);
  for (const std::string& text :
       {nasty_bytes, std::string("\xed\xa0\x80"), std::string(10'000, 'x'),
        std::string(511, 'x') + "\xc3\xa9\xc3\xa9",
        std::string(510, 'x') + "\xf0\x9f\x91\x8d\xf0\x9f\x91\x8d"}) {
    const auto line = format_log_line(LogLevel::info, "x", {{"text", text}}, kLoggedAt);
    CAPTURE(line);
    CHECK(is_json(line));
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.size() < 2000);
  }
}

TEST_CASE("lines come out in order, those below the level do not") {
  const StderrPipe pipe;
  start_log("warn");
  log_event(LogLevel::info, "unheard");
  log_event(LogLevel::warn, "first", {{"number", 1}});
  log_event(LogLevel::error, "second");
  stop_log();
  const auto text = pipe.read_some();
  CHECK(text.find("unheard") == std::string::npos);
  CHECK(text.find("\"first\"") < text.find("\"second\""));
  CHECK(text.ends_with("\n"));
}

TEST_CASE("a pipe that nobody reads costs lines, never the caller") {
  const auto before = log_lines_dropped();
  const StderrPipe pipe;
  start_log("info");
  const auto start = steady_clock::now();
  const std::string text(400, 'x');
  constexpr int kLines = 50'000;  // 20 MB: more than the pipe and the queue hold
  for (int i = 0; i < kLines; ++i) log_event(LogLevel::info, "flood", {{"text", text}});
  CHECK(steady_clock::now() - start < seconds(5));
  const auto stopping = steady_clock::now();
  stop_log();
  CHECK(steady_clock::now() - stopping < seconds(10));
  CHECK(log_lines_dropped() - before > 1000);
}

TEST_CASE("when the reader comes back, a line says how many were lost") {
  const StderrPipe pipe;
  start_log("info");
  const std::string text(400, 'x');
  for (int i = 0; i < 50'000; ++i) log_event(LogLevel::info, "flood", {{"text", text}});
  std::string seen;
  const auto give_up = steady_clock::now() + seconds(20);
  while (seen.find("\"log.dropped\"") == std::string::npos && steady_clock::now() < give_up) {
    seen += pipe.read_some();
  }
  CHECK(seen.find("\"log.dropped\"") != std::string::npos);
  stop_log();
}

TEST_CASE("stopping waits for what is being written") {
  const StderrPipe pipe;
  constexpr int kLines = 20;
  for (int round = 0; round < 300; ++round) {
    start_log("info");
    for (int i = 0; i < kLines; ++i) log_event(LogLevel::info, "line");
    stop_log();  // all fits into the pipe
    const auto text = pipe.read_some();
    REQUIRE(std::count(text.begin(), text.end(), '\n') == kLines);
  }
}

TEST_CASE("a closed stderr neither kills nor blocks") {
  StderrPipe pipe;
  pipe.close_reader();
  start_log("info");
  for (int i = 0; i < 1000; ++i) log_event(LogLevel::error, "into the void");
  stop_log();
}

}  // namespace kith
