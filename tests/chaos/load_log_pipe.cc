// F34: nobody reads the log, or whoever read it has gone. Lines are lost and counted; nothing else
// happens.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr int kRequests = 10'000;  // a line each: more than the pipe and the queue hold

// A pipe with a name, and a program that is kithd with both its outputs into it.
class LogPipe {
 public:
  LogPipe() : path_(directory_.path() / "pipe"), program_(directory_.path() / "kithd") {
    REQUIRE(mkfifo(path_.c_str(), 0600) == 0);
    reader_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader_ >= 0);
    fcntl(reader_, F_SETPIPE_SZ, 4096);
    const std::string quoted = '"' + path_.string() + '"';
    write_file(program_,
               "#!/bin/sh\nexec \"" + kithd() + "\" \"$@\" >" + quoted + " 2>" + quoted + "\n");
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
  }
  ~LogPipe() { close_reader(); }
  void close_reader() {
    if (reader_ >= 0) close(std::exchange(reader_, -1));
  }
  std::string read_some() {
    std::string text(64 * 1024, '\0');
    const ssize_t got = read(reader_, text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  std::string program() const { return program_.string(); }

 private:
  TemporaryDirectory directory_;
  std::filesystem::path path_;
  std::filesystem::path program_;
  int reader_ = -1;
};

// Each request is worth a line; the crowd goes on meanwhile.
void make_lines(ChaosTown& town) {
  HttpClient http = town.server().http();
  for (int i = 0; i < kRequests; ++i) {
    if (i % 100 == 0) town.crowd().run_for(2ms);
    REQUIRE(http.get("/healthz").status == 200);
  }
}

double dropped(ChaosTown& town) {
  return metric(town.server(), "kith_log_lines_dropped_total");
}

TEST_CASE("log pipe full, then closed: lines are dropped and counted, nothing waits for it" *
          doctest::skip()) {
  LogPipe pipe;
  ChaosTown town({.name = "log-pipe",
                  .population = {.users = 60, .rooms = 3, .members = 20},
                  .settings = {"shards=2", "log.level=debug"},
                  .launch = {.program = pipe.program(), .environment = {}}});
  for (std::size_t i = 0; i < town.inhabitants(); ++i) {
    town.join(i, {.send_every = i % 5 == 0 ? 250ms : 0ms});
  }
  REQUIRE(town.crowd().all_live(30s));
  make_lines(town);
  CHECK(dropped(town) > 0);
  MESSAGE(dropped(town), " lines dropped, healthy p99 ", town.crowd().p99_ms(), " ms");
  CHECK(town.crowd().p99_ms() < bystander_p99_max_ms());

  // Somebody reads again: the log goes on, and says what is missing.
  std::string text;
  CHECK(town.crowd().run_until(
      [&] {
        text += pipe.read_some();
        return text.find("log.dropped") != std::string::npos;
      },
      15s));

  const double before = dropped(town);
  pipe.close_reader();
  make_lines(town);
  CHECK(dropped(town) > before);
  CHECK(town.server().process().running());
  town.settle(30s);
  CHECK(town.ended() == 0);
  town.judge();

  town.server().process().signal(SIGTERM);
  CHECK(town.server().process().wait(20s) == 0);
}

}  // namespace
}  // namespace kith::test
