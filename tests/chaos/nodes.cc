#include "tests/chaos/nodes.h"

#include <signal.h>

#include <algorithm>
#include <stdexcept>

#include "tests/chaos/recorder.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

template <typename T>
const T& of_node(const std::vector<T>& all, std::size_t index) {
  return all.size() == 1 ? all.front() : all.at(index);
}

std::vector<std::string> settings_of(const Nodes::Options& options, const std::string& storage,
                                     std::size_t index) {
  std::vector<std::string> settings = {"storage.url=" + storage,
                                       "shards=1",
                                       "limits.messages_per_minute=0",
                                       "limits.signups_per_minute=0",
                                       "limits.logins_per_minute=0",
                                       "auth.access_minutes=240",
                                       "gateway.drain_s=1"};
  if (!options.redis_ports.empty()) {
    settings.push_back("bus.url=redis://127.0.0.1:" +
                       std::to_string(of_node(options.redis_ports, index)));
  }
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  return settings;
}

// Of each delivery whose message was acked within `span`, in nanoseconds.
std::vector<std::int64_t> lags_within(const History& history, const Nodes::Span& span) {
  std::map<std::string, std::int64_t> acked;     // client_message_id -> t
  std::map<std::string, std::int64_t> attached;  // client -> t of its last attach
  std::vector<std::int64_t> lags;
  for (const Record& record : history) {
    if (record.kind == Kind::Ok && record.op == "send") {
      acked.try_emplace(record.client_message_id, record.t);
    } else if (record.kind == Kind::Connect) {
      attached.erase(record.client);  // it was away: what comes first is a replay
    } else if (record.kind == Kind::Attach) {
      attached[record.client] = record.t;
    } else if (record.kind == Kind::Deliver && record.event == "message.new") {
      const auto since = attached.find(record.client);
      if (since == attached.end()) continue;
      // Where the event overtakes the ack there is no lag to speak of.
      const auto ack = acked.find(record.client_message_id);
      const std::int64_t t = ack == acked.end() ? record.t : ack->second;
      if (since->second > t) continue;  // caught up
      const Clock::time_point at{Clock::duration(t)};
      if (span.from <= at && at <= span.to) lags.push_back(record.t - t);
    }
  }
  return lags;
}

Nodes::Lag lag_of(std::vector<std::int64_t> lags) {
  if (lags.empty()) return {};
  std::ranges::sort(lags);
  const auto at = [&](std::size_t percent) {
    const auto index = std::min(lags.size() - 1, lags.size() * percent / 100);
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::nanoseconds(lags[index]));
  };
  return {.median = at(50), .p99 = at(99), .slowest = at(100), .deliveries = lags.size()};
}

Nodes::Lag watched_lag(const History& history, const std::vector<Nodes::Span>& spans) {
  std::vector<std::int64_t> lags;
  for (const Nodes::Span& span : spans) {
    const auto more = lags_within(history, span);
    lags.insert(lags.end(), more.begin(), more.end());
  }
  return lag_of(std::move(lags));
}

std::string seconds(std::chrono::milliseconds time) {
  const auto hundredths = (time.count() + 5) / 10;
  std::string out = std::to_string(hundredths / 100) + ".";
  if (hundredths % 100 < 10) out += "0";
  return out + std::to_string(hundredths % 100) + " s";
}

}  // namespace

TestServer::Launch failing_node(const std::string& orders) {
  return {.program = KITH_KITHD_FAILPOINTS, .environment = {{"KITH_FAIL", orders}}};
}

Nodes::Nodes(const Options& options) {
  std::vector<std::string> storages = options.storage_urls;
  if (storages.empty()) storages.push_back(PostgresServer::shared().new_database());
  for (std::size_t i = 0; i < options.nodes; ++i) {
    servers_.push_back(std::make_unique<TestServer>(settings_of(options, of_node(storages, i), i)));
  }
  users_ = node(0).sign_up(options.clients);
  std::vector<const TestServer*> all;
  for (const auto& server : servers_) all.push_back(server.get());
  for (std::size_t room = 0; room < options.rooms; ++room) {
    std::vector<User> members;
    for (std::size_t i = room; i < users_.size(); i += options.rooms) members.push_back(users_[i]);
    chats_.push_back(node(0).group(members.front(), {members.begin() + 1, members.end()}));
    begins_.push_back(head_of(node(0), members.front(), chats_.back()));
    book_.add({.kind = Kind::Begin, .channel = chats_.back(), .seq = begins_.back()});
  }
  for (std::size_t i = 0; i < users_.size(); ++i) {
    clients_.push_back(std::make_unique<Wanderer>(
        book_,
        RecordedClient::Options{.name = "client" + std::to_string(i),
                                .user = users_[i],
                                .chat = chats_[i % options.rooms],
                                .in_flight = 10,
                                .patience = options.patience},
        // So that each room has people on each node.
        Wanderer::Ways{
            .nodes = all, .first = (i / options.rooms) % options.nodes, .every = options.every}));
  }
}

void Nodes::begin() {
  for (auto& client : clients_) client->live();
  for (auto& client : clients_) client->await_flow();
}

void Nodes::run_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);  // the load's, and the faults': not for anything to come
}

void Nodes::note_end(std::size_t index) {
  const int status = node(index).process().wait();
  Record record{.kind = Kind::Process, .what = "kithd"};
  record.event = "exited";
  record.code = std::to_string(status);
  record.expected = status == 0 || status == 128 + SIGKILL;
  book_.add(std::move(record));
}

void Nodes::kill(std::size_t index) {
  if (node(index).process().running()) node(index).process().signal(SIGKILL);
  note_end(index);
}

void Nodes::start(std::size_t index, TestServer::Launch launch) {
  node(index).launch_with(std::move(launch));
  node(index).start();
}

std::chrono::milliseconds Nodes::healed(const std::string& fault,
                                        std::chrono::milliseconds within) {
  const auto ended = Clock::now();
  const auto patience = ended + within + 30s;  // what is late is told by the verdict
  const auto all_well = [&] {
    return std::ranges::all_of(
        clients_, [&](const auto& client) { return client->answered_up_to() > ended; });
  };
  const bool came = await_condition(patience, 2ms, all_well);
  Record heal{.kind = Kind::Heal, .what = fault};
  heal.deadline = (ended + within).time_since_epoch().count();
  const auto well = Clock::now();
  if (came) heal.well = well.time_since_epoch().count();
  book_.add(std::move(heal));
  return std::chrono::duration_cast<std::chrono::milliseconds>(well - ended);
}

void Nodes::await_state(std::string_view state, std::chrono::milliseconds within) {
  const auto deadline = Clock::now() + within;
  for (const auto& server : servers_) {
    HttpResponse answer;
    const auto says_so = [&] {
      answer = server->http().get("/readyz");
      return answer.status == 200 && answer.json()["status"].text() == state;
    };
    REQUIRE_MESSAGE(await_condition(deadline, 5ms, says_so), std::string(state), ": ", answer.body);
  }
}

Nodes::Outcome Nodes::finish() {
  for (auto& client : clients_) client->stop();
  for (auto& client : clients_) client->join();
  Outcome outcome;
  for (std::size_t room = 0; room < chats_.size(); ++room) {
    const User& member = users_[room];
    const std::uint64_t head = head_of(node(0), member, chats_[room]);
    for (std::size_t i = room; i < clients_.size(); i += chats_.size()) {
      if (!clients_[i]->connected()) clients_[i]->connect(node(0));
      clients_[i]->catch_up(head);
    }
    record_final(book_, node(0), member, chats_[room], {.begin = begins_[room]});
  }
  for (auto& client : clients_) {
    client->leave();
    outcome.slowest_answer = std::max(outcome.slowest_answer, client->slowest_answer());
    outcome.refused += client->refused();
    outcome.moves += client->moves();
    for (const std::string& complaint : client->complaints()) FAIL_CHECK(complaint);
  }
  const History history = book_.take();
  outcome.verdict = check(history);
  outcome.lag = lag_of(lags_within(history, {Clock::time_point::min(), Clock::time_point::max()}));
  outcome.watched = watched_lag(history, watched_);
  const std::string kept = keep_history("nodes", history, outcome.verdict);
  CHECK_MESSAGE(outcome.verdict.ok(), to_text(outcome.verdict), kept);
  CHECK(outcome.verdict.acked > 0);
  return outcome;
}

std::string summary(std::vector<std::chrono::milliseconds> times) {
  if (times.empty()) return "none";
  std::ranges::sort(times);
  return std::to_string(times.size()) + ", median " + seconds(times[times.size() / 2]) +
         ", slowest " + seconds(times.back());
}

std::string text_of(const Nodes::Outcome& outcome) {
  return std::to_string(outcome.verdict.acked) + " acked, " + std::to_string(outcome.refused) +
         " refused, " + std::to_string(outcome.moves) + " moves, slowest answer " +
         seconds(outcome.slowest_answer) + ", lag " + seconds(outcome.lag.median) + " (median), " +
         seconds(outcome.lag.p99) + " (p99), " + seconds(outcome.lag.slowest) + " (slowest) of " +
         std::to_string(outcome.lag.deliveries);
}

}  // namespace kith::test
