// GET /healthz (the process lives), /readyz (it can commit), /status, /metrics. No token is needed:
// nothing here is about anybody.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "gateway/await_port.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/routes.h"
#include "protocol/json_writer.h"
#include "protocol/version.h"

namespace kith {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kProbeTimeout = 2s;
constexpr auto kSnapshotTimeout = 200ms;

// A store that answers nothing is as good as one that is down.
asio::awaitable<bool> can_commit(RequestContext& context) {
  ServerState& server = context.services.server;
  if (const auto known = server.known_readiness(context.now.steady)) co_return *known;
  const auto executor = co_await asio::this_coro::executor;
  const auto probed = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    auto once = std::make_shared<Callback<Nothing>>(std::move(done));
    auto timer = std::make_shared<asio::steady_timer>(executor, kProbeTimeout);
    const auto finish = [once](Status status) {
      if (!*once) return;
      auto callback = std::move(*once);
      callback(std::move(status));
    };
    timer->async_wait([finish](const boost::system::error_code& error) {
      if (!error) finish(fail(ErrorCode::unavailable, "the store does not answer"));
    });
    context.services.accounts.probe([finish, timer](Status status) {
      timer->cancel();
      finish(std::move(status));
    });
  });
  server.note_readiness(probed.ok(), context.time().steady);
  co_return probed.ok();
}

HttpResponse state_answer(int status, std::string_view state) {
  std::string out;
  JsonWriter(out).begin_object().field("status", state).end_object();
  HttpResponse response = json_answer(status, std::move(out));
  if (status == 503) response.fields.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace

asio::awaitable<HttpResponse> rest::healthz(RequestContext&) {
  co_return state_answer(200, "ok");
}

asio::awaitable<HttpResponse> rest::readyz(RequestContext& context) {
  if (context.services.server.draining()) co_return state_answer(503, "draining");
  const bool committed = co_await can_commit(context);
  if (!committed) co_return state_answer(503, "unavailable");
  co_return state_answer(200, context.services.server.bus_stats().healthy ? "ready" : "degraded");
}

namespace {

// The shards' figures of now. One that does not come to it in time is told of as it was last.
asio::awaitable<std::vector<ShardSnapshot>> fresh_snapshots(RequestContext& context) {
  const ServerState& server = context.services.server;
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, kSnapshotTimeout);
  // Locked on this shard alone: the timer ends where it was made.
  const std::weak_ptr<asio::steady_timer> waiting = timer;
  CompletionQueue& completions = context.services.completions;
  server.refresh_snapshots([waiting, &completions] {
    std::vector<Task> tasks;
    tasks.push_back([waiting] {
      if (const auto timer = waiting.lock()) timer->cancel();
    });
    completions.post(std::move(tasks));
  });
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  co_return server.snapshots();
}

std::int64_t sum_of_sessions(const std::vector<ShardSnapshot>& shards) {
  std::size_t sessions = 0;
  for (const ShardSnapshot& shard : shards) {
    sessions += shard.gauges.sessions_live + shard.gauges.sessions_lagging;
  }
  return static_cast<std::int64_t>(sessions);
}

}  // namespace

asio::awaitable<HttpResponse> rest::status(RequestContext& context) {
  const ServerState& server = context.services.server;
  const auto uptime =
      std::chrono::floor<std::chrono::seconds>(context.now.steady - server.started());
  const auto shards = co_await fresh_snapshots(context);
  std::uint64_t connections = 0;
  for (const ShardSnapshot& shard : shards) connections += shard.gateway.connections_open;
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("name", "kithd").field("version", kVersion);
  json.field("build", server.build()).field("epoch", server.epoch());
  json.field("state", server.draining() ? "draining" : "serving");
  if (server.demo()) json.field("demo", true);
  json.field("started_at", server.started_wall());
  json.field("uptime_seconds", static_cast<std::int64_t>(uptime.count()));
  json.field("shards", static_cast<std::int64_t>(server.shards()));
  json.field("sessions", sum_of_sessions(shards)).field("connections", connections);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::metrics(RequestContext& context) {
  const ServerState& server = context.services.server;
  const auto shards = co_await fresh_snapshots(context);
  const StorageStats storage = server.storage_stats();
  const PasswordPool::Stats passwords = context.services.passwords.stats();
  const std::chrono::duration<double> uptime = context.now.steady - server.started();
  const ProcessFigures process{.uptime_seconds = uptime.count(),
                               .log_lines_dropped = log_lines_dropped(),
                               .password_hashes = passwords.done,
                               .password_hashes_refused = passwords.refused,
                               .password_queue = passwords.queued,
                               .memory_bytes = MemoryBudget::resident_bytes(),
                               .memory_budget_bytes = server.memory.bytes(),
                               .memory_tight = server.memory.is_tight(),
                               .storage_healthy = storage.healthy,
                               .draining = server.draining(),
                               .outgoing = server.outgoing_stats()};
  HttpResponse response =
      json_answer(200, metrics_text(shards, storage, server.bus_stats(), process));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return response;
}

}  // namespace kith
