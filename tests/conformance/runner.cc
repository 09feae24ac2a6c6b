#include "tests/conformance/runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace kith::test {
namespace {

constexpr auto kSettle = 30s;

std::optional<std::string> run_one(const Job& job, const Sites& sites) {
  try {
    if (auto failure = job.run(sites)) return failure;
  } catch (const std::runtime_error& error) {
    return std::string("broke off: ") + error.what();
  }
  try {
    const int status = sites.usual->server.http().get("/healthz").status;
    if (status != 200) return "then /healthz answers " + std::to_string(status);
  } catch (const std::runtime_error& error) {
    return std::string("then /healthz does not answer: ") + error.what();
  }
  return std::nullopt;
}

// What /status counts, once it has come down to what it must be; else what it stays at.
std::int64_t settled(const Site& site, const char* what, std::int64_t wanted) {
  const auto deadline = Clock::now() + kSettle;
  for (;;) {
    const std::int64_t now = site.server.http().get("/status").json()[what].number();
    if (now <= wanted || Clock::now() > deadline) return now;
    std::this_thread::sleep_for(50ms);
  }
}

}  // namespace

Site::Site(std::vector<std::string> settings) : server(std::move(settings)) {
  user = server.sign_up("conformance");
  chat = server.group(user, {});
  other_chat = server.group(user, {});
}

std::unique_ptr<Site> usual_site() {
  return std::make_unique<Site>(std::vector<std::string>{
      "shards=2", "limits.messages_per_minute=0", "limits.sockets_per_user=0",
      "gateway.allowed_origins=https://app.example.com"});
}

std::unique_ptr<Site> impatient_site() {
  return std::make_unique<Site>(std::vector<std::string>{
      "shards=1", "gateway.init_timeout_s=1", "gateway.ping_interval_s=1",
      "gateway.ping_timeout_s=2", "gateway.drain_s=1", "limits.messages_per_minute=5",
      "limits.logins_per_minute=1", "limits.frame_bytes=4096", "limits.body_bytes=1024",
      "limits.header_bytes=4096", std::string("auth.secret=") + kImpatientSecret});
}

std::vector<Failure> run_jobs(const std::vector<Job>& jobs, const Sites& sites, unsigned threads) {
  std::vector<const Job*> order;
  for (const Job& job : jobs) order.push_back(&job);
  std::ranges::stable_partition(order, [](const Job* job) { return job->waits; });
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::vector<Failure> failures;
  const auto work = [&] {
    for (std::size_t i = next++; i < order.size(); i = next++) {
      const auto failure = run_one(*order[i], sites);
      if (!failure) continue;
      const std::lock_guard lock(mutex);
      failures.push_back({order[i]->id, *failure});
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  std::ranges::sort(failures, {}, &Failure::id);
  return failures;
}

std::vector<Failure> check_afterwards(const Site& site, const std::string& name,
                                      std::size_t log_lines_max) {
  std::vector<Failure> failures;
  const auto add = [&](const std::string& id, const std::string& what) {
    failures.push_back({name + "." + id, what});
  };
  if (const auto left = settled(site, "sessions", 0); left != 0) {
    add("sessions-left", "expected none, got " + std::to_string(left));
  }
  // The one that asks is there.
  if (const auto left = settled(site, "connections", 1); left != 1) {
    add("connections-left", "expected 1, got " + std::to_string(left));
  }
  const std::string metrics = site.server.http().get("/metrics").body;
  if (metrics.find("kith_handler_failures_total 0\n") == std::string::npos) {
    add("handler-failures", "an exception ended a connection");
  }
  const std::string log = site.server.log();
  for (const char* sign : {"assertion failed", "Sanitizer", "runtime error"}) {
    if (log.find(sign) != std::string::npos) add("log", std::string("it says: ") + sign);
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(log, '\n'));
  if (lines > log_lines_max) add("log", "of " + std::to_string(lines) + " lines");
  return failures;
}

std::optional<std::string> judge(const std::string& expect, const std::string& seen) {
  std::string_view rest = expect;
  for (;;) {
    const auto end = rest.find(" | ");
    if (rest.substr(0, end) == seen) return std::nullopt;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 3);
  }
  return "expected: " + expect + "; got: " + seen;
}

}  // namespace kith::test
