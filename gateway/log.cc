// spdlog's asynchronous logger with a sink of our own. The queue drops its oldest line when it is
// full, so a producer never waits; the sink asks poll() before each write of at most PIPE_BUF
// bytes, which POSIX lets a pipe take without blocking, so that its thread can be told to stop
// even where stderr takes nothing. O_NONBLOCK would change the descriptor for whoever shares it.
#include "gateway/log.h"

#include <limits.h>
#include <poll.h>
#include <simdjson.h>
#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "protocol/json_writer.h"

namespace kith {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kQueueLines = 8192;
constexpr std::size_t kTextBytesMax = 512;
constexpr auto kStopPatience = std::chrono::seconds(2);
constexpr int kPollMs = 100;
constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info",
                                                         "warn",  "error", "off"};

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

class StderrSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.begin(), message.payload.end());
    line_ += '\n';
    if (!write_line()) {
      ++lost_;
      return;
    }
    report_losses();
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void give_up_at(steady_clock::time_point when) { deadline_.store(when); }
  // Whose queue drops lines as well. It outlives its thread, which is who writes here; were the
  // thread to own it too, it could be the last to let go, and would wait for itself.
  void watch(spdlog::details::thread_pool* pool) { pool_ = pool; }

  std::uint64_t lost_in_writing() const { return lost_; }
  std::uint64_t lost() const { return lost_ + pool_->overrun_counter(); }

 private:
  bool write_line() {
    std::string_view rest = line_;
    while (!rest.empty()) {
      if (!wait_until_writable()) return false;
      const auto done =
          ::write(STDERR_FILENO, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
      if (done < 0 && errno != EINTR && errno != EAGAIN) return false;
      if (done > 0) rest.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }

  bool wait_until_writable() {
    for (;;) {
      pollfd descriptor{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      const bool patient = steady_clock::now() < deadline_.load();
      const int ready = ::poll(&descriptor, 1, patient ? kPollMs : 0);
      if (ready > 0) return (descriptor.revents & (POLLERR | POLLNVAL | POLLHUP)) == 0;
      if (ready < 0 && errno != EINTR) return false;
      if (!patient) return false;
    }
  }

  void report_losses() {
    const auto now_lost = lost();
    if (now_lost == reported_) return;
    line_ =
        format_log_line(LogLevel::warn, "log.dropped",
                        {{"lines", now_lost - reported_}, {"lines_in_all", now_lost}}, wall_now());
    line_ += '\n';
    reported_ = now_lost;
    if (!write_line()) ++lost_;
  }

  std::string line_;
  std::uint64_t reported_ = 0;
  spdlog::details::thread_pool* pool_ = nullptr;
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<steady_clock::time_point> deadline_{steady_clock::time_point::max()};
};

struct Running {
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "kith", sink, pool, spdlog::async_overflow_policy::overrun_oldest);

  Running() {
    sink->watch(pool.get());
    logger->set_level(spdlog::level::trace);  // log_enabled() has decided
  }

  // Once nobody logs any more. Waits for the thread, which writes what is queued; how many lines
  // were lost in all.
  std::uint64_t stop() {
    sink->give_up_at(steady_clock::now() + kStopPatience);
    const std::uint64_t dropped = pool->overrun_counter();
    pool.reset();  // first: the thread's lines hold the logger, and the last to let go frees it
    logger.reset();
    return dropped + sink->lost_in_writing();
  }
};

std::atomic<LogLevel> enabled_level{LogLevel::info};
std::atomic<std::uint64_t> lost_outside{0};  // while the logger was not running, or by an exception
std::shared_mutex running_mutex;             // shared by who logs; stop_log() waits for them
std::unique_ptr<Running> running;

// Text may be of anyone's making: what is not UTF-8 must still give a line of JSON.
void write_text(JsonWriter& json, std::string_view text) {
  std::string clean(text.substr(0, kTextBytesMax));
  if (text.size() > kTextBytesMax) {
    while (!clean.empty() && (static_cast<unsigned char>(clean.back()) & 0xc0) == 0x80) {
      clean.pop_back();
    }
    if (!clean.empty() && static_cast<unsigned char>(clean.back()) >= 0xc0) clean.pop_back();
    clean += "...";
  }
  if (!simdjson::validate_utf8(clean.data(), clean.size())) {
    for (char& c : clean) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  json.string(clean);
}

struct FieldWriter {
  JsonWriter& json;
  void operator()(std::string_view text) const { write_text(json, text); }
  void operator()(std::int64_t number) const { json.integer(number); }
  void operator()(double number) const { json.number(number); }
  void operator()(bool flag) const { json.boolean(flag); }
  void operator()(const UserId& id) const { json.id(id); }
  void operator()(const ChannelId& id) const { json.id(id); }
};

void write_directly(std::string line) {
  line += '\n';
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) ++lost_outside;
}

}  // namespace

void start_log(std::string_view level) {
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == level) enabled_level = static_cast<LogLevel>(i);
  }
  const std::lock_guard lock(running_mutex);
  if (!running) running = std::make_unique<Running>();
}

void stop_log() {
  std::unique_ptr<Running> last;
  {
    const std::lock_guard lock(running_mutex);
    last = std::exchange(running, nullptr);
  }
  if (last) lost_outside += last->stop();
}

bool log_enabled(LogLevel level) {
  return level >= enabled_level && level != LogLevel::off;
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  try {
    std::string line = format_log_line(level, event, fields, wall_now());
    const std::shared_lock lock(running_mutex);
    if (running) {
      running->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    } else {
      write_directly(std::move(line));
    }
  } catch (const std::exception&) {
    ++lost_outside;  // out of memory: the count is all that can be said
  }
}

std::uint64_t log_lines_dropped() {
  const std::shared_lock lock(running_mutex);
  return lost_outside.load() + (running ? running->sink->lost() : 0);
}

std::string format_log_line(LogLevel level, std::string_view event,
                            std::initializer_list<LogField> fields, WallTime now) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.field("time", now);
  json.field("level", kLevelNames[static_cast<std::size_t>(level)]);
  json.field("event", event);
  for (const auto& field : fields) {
    json.key(field.name);
    std::visit(FieldWriter{json}, field.value);
  }
  json.end_object();
  return line;
}

}  // namespace kith
