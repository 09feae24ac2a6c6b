// kith-limit: the bare limits that kithd is measured against, by kith-figures or by hand.
// Exit 0: it ran; 2: it could not.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "bench/limit/activity_limit.h"
#include "bench/limit/http_client.h"
#include "bench/limit/postgres_limit.h"
#include "bench/limit/sqlite_limit.h"
#include "bench/limit/tcp_limit.h"

namespace {

constexpr int kCannotRun = 2;

using kith::limit::SqliteFigures;
using kith::limit::SqliteOptions;

// Every connection is a descriptor: as many as this process may have.
void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string directory_of(const std::string& file) {
  const auto parent = std::filesystem::path(file).parent_path();
  return parent.empty() ? "." : parent.string();
}

void end_line(double rate, const std::vector<double>& acks_us) {
  using kith::limit::quantile;
  if (rate > 0) {
    fmt::print(",\"rate\":{:.0f},\"ack_p50_us\":{:.0f},\"ack_p99_us\":{:.0f},\"ack_max_us\":{:.0f}",
               rate, quantile(acks_us, 0.5), quantile(acks_us, 0.99), quantile(acks_us, 1));
  }
  fmt::print("}}\n");
}

void run_sqlite(const SqliteOptions& options, bool fsync_only) {
  using kith::limit::quantile;
  const double fsync = kith::limit::fsync_us(directory_of(options.file));
  if (fsync_only) {
    fmt::print("{{\"limit\":\"fsync\",\"fsync_us\":{:.0f},\"sqlite\":\"{}\"}}\n", fsync,
               kith::limit::sqlite_version());
    return;
  }
  const SqliteFigures figures = kith::limit::run_sqlite_limit(options);
  fmt::print(
      "{{\"limit\":\"sqlite\",\"batch\":{},\"channels\":{},\"senders\":{},\"text_bytes\":{},"
      "\"prefill\":{},\"messages\":{},\"per_s\":{:.0f},\"cpu_us\":{:.3f},\"user_us\":{:.3f},"
      "\"system_us\":{:.3f},\"mean_batch\":{:.1f},\"commit_p50_us\":{:.0f},\"commit_p99_us\":{:.0f}"
      ","
      "\"commit_max_us\":{:.0f},\"checkpoints\":{},\"checkpoint_share\":{:.3f},\"wal_bytes\":{:.0f}"
      ","
      "\"database_bytes\":{},\"fsync_us\":{:.0f}",
      options.batch, options.channels, options.senders, options.text_bytes, options.prefill,
      figures.messages, figures.per_s, figures.user_us + figures.system_us, figures.user_us,
      figures.system_us, figures.mean_batch, quantile(figures.commits_us, 0.5),
      quantile(figures.commits_us, 0.99), quantile(figures.commits_us, 1), figures.checkpoints,
      figures.checkpoint_share, figures.wal_bytes, figures.database_bytes, fsync);
  end_line(options.rate, figures.acks_us);
}

void run_postgres(const kith::limit::PostgresOptions& options) {
  using kith::limit::quantile;
  const auto figures = kith::limit::run_postgres_limit(options);
  fmt::print(
      "{{\"limit\":\"postgres\",\"batch\":{},\"channels\":{},\"senders\":{},\"text_bytes\":{},"
      "\"prefill\":{},\"messages\":{},\"per_s\":{:.0f},\"client_us\":{:.3f},"
      "\"commit_p50_us\":{:.0f},\"commit_p99_us\":{:.0f},\"commit_max_us\":{:.0f},"
      "\"wal_bytes\":{:.0f}",
      options.batch, options.channels, options.senders, options.text_bytes, options.prefill,
      figures.messages, figures.per_s, figures.client_us, quantile(figures.commits_us, 0.5),
      quantile(figures.commits_us, 0.99), quantile(figures.commits_us, 1), figures.wal_bytes);
  end_line(options.rate, figures.acks_us);
}

void run_activities(const kith::limit::ActivityOptions& options) {
  const auto figures = kith::limit::run_activity_limit(options);
  fmt::print(
      "{{\"limit\":\"activities\",\"batch\":{},\"users\":{},\"activities\":{},\"per_s\":{:.0f}}}\n",
      options.batch, options.users, figures.activities, figures.per_s);
}

void run_http(const kith::limit::HttpOptions& options) {
  using kith::limit::quantile;
  const auto figures = kith::limit::run_http_client(options);
  fmt::print(
      "{{\"limit\":\"http\",\"connections\":{},\"rate\":{:.0f},\"requests\":{},\"per_s\":{:.0f},"
      "\"body_bytes\":{},\"p50_us\":{:.0f},\"p99_us\":{:.0f},\"max_us\":{:.0f}}}\n",
      options.connections, options.rate, figures.requests, figures.per_s, figures.body_bytes,
      quantile(figures.latencies_us, 0.5), quantile(figures.latencies_us, 0.99),
      quantile(figures.latencies_us, 1));
}

void describe_http(CLI::App& app, kith::limit::HttpOptions& options) {
  app.add_option("--port", options.port, "on 127.0.0.1")->required();
  app.add_option("--path", options.path, "what is asked for")->required();
  app.add_option("--token", options.token, "a bearer token");
  app.add_option("--connections", options.connections, "kept alive")->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--rate", options.rate, "requests/s; 0: the next when one is answered")
      ->check(CLI::NonNegativeNumber);
}

void describe_activities(CLI::App& app, kith::limit::ActivityOptions& options) {
  app.add_option("--file", options.file, "database to make, and to remove")->required();
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch, "activities per commit")->check(CLI::Range(1, 65'536));
  app.add_option("--users", options.users)->check(CLI::Range(1, 10'000'000));
}

void describe_postgres(CLI::App& app, kith::limit::PostgresOptions& options) {
  app.add_option("--url", options.url, "postgres://..., a database to make tables in")->required();
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch, "messages per commit")->check(CLI::Range(1, 65'536));
  app.add_option("--channels", options.channels)->check(CLI::Range(1, 1'000'000));
  app.add_option("--senders", options.senders, "per channel")->check(CLI::Range(1, 1'000'000));
  app.add_option("--payload", options.text_bytes, "bytes of text")->check(CLI::Range(1, 60'000));
  app.add_option("--prefill", options.prefill, "messages stored before the clock starts")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate", options.rate, "messages/s; 0: as fast as can be")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("kith-limit: the least work that would do");
  app.require_subcommand(1);
  std::uint16_t port = 0;
  SqliteOptions options;
  bool fsync_only = false;
  CLI::App* tcp =
      app.add_subcommand("tcp", "a WebSocket broadcaster that checks and stores nothing");
  tcp->add_option("--port", port, "on 127.0.0.1")->required();
  CLI::App* sqlite =
      app.add_subcommand("sqlite", "messages into bare SQLite; prints one JSON line");
  sqlite->add_option("--file", options.file, "database to make, and to remove")->required();
  sqlite->add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  sqlite->add_option("--batch", options.batch, "messages per commit")->check(CLI::Range(1, 65'536));
  sqlite->add_option("--channels", options.channels)->check(CLI::Range(1, 1'000'000));
  sqlite->add_option("--senders", options.senders, "per channel")->check(CLI::Range(1, 1'000'000));
  sqlite->add_option("--payload", options.text_bytes, "bytes of text")
      ->check(CLI::Range(1, 60'000));
  sqlite->add_option("--prefill", options.prefill, "messages stored before the clock starts")
      ->check(CLI::NonNegativeNumber);
  sqlite->add_option("--rate", options.rate, "messages/s; 0: as fast as can be")
      ->check(CLI::NonNegativeNumber);
  sqlite->add_option("--wal-pages", options.wal_pages, "checkpoint from this size of the log on")
      ->check(CLI::Range(1, 1'000'000));
  sqlite->add_flag("--fsync-probe", fsync_only, "only the median of writing 4 KiB durably there");
  kith::limit::PostgresOptions postgres_options;
  CLI::App* postgres =
      app.add_subcommand("postgres", "messages into bare Postgres; prints one JSON line");
  describe_postgres(*postgres, postgres_options);
  kith::limit::ActivityOptions activity_options;
  CLI::App* activities = app.add_subcommand(
      "activities", "what an activity comes to, into bare SQLite; prints one JSON line");
  describe_activities(*activities, activity_options);
  kith::limit::HttpOptions http_options;
  CLI::App* http = app.add_subcommand("http", "one GET, over and over; prints one JSON line");
  describe_http(*http, http_options);
  CLI11_PARSE(app, argc, argv);
  try {
    if (postgres->parsed()) {
      run_postgres(postgres_options);
      return 0;
    }
    if (activities->parsed()) {
      run_activities(activity_options);
      return 0;
    }
    if (sqlite->parsed()) {
      run_sqlite(options, fsync_only);
      return 0;
    }
    if (http->parsed()) {
      run_http(http_options);
      return 0;
    }
    raise_descriptors();
    kith::limit::TcpLimit(port).run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "kith-limit: {}\n", error.what());
    return kCannotRun;
  }
}
