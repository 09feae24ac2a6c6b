#include "tests/chaos/chaos_town.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/chaos/recorded_client.h"

namespace kith::test {

namespace {

std::string proc(TestServer& server, std::string_view file) {
  return "/proc/" + std::to_string(server.process().id()) + "/" + std::string(file);
}

User user_of(const Town& town, const Town::Chat& chat) {
  const auto& someone = town.inhabitants[chat.members.front()];
  return {
      .id = someone.id, .email = {}, .password = {}, .token = someone.token, .refresh_token = {}};
}

std::vector<std::string> with_room_for_a_crowd(std::vector<std::string> settings) {
  settings.insert(settings.begin(), {"limits.messages_per_minute=0", "limits.sockets_per_user=0",
                                     "limits.signups_per_minute=0", "limits.logins_per_minute=0"});
  return settings;
}

}  // namespace

std::int64_t resident_kib(TestServer& server) {
  const std::string status = read_file(proc(server, "status"));
  return std::stoll(status.substr(status.find("VmRSS:") + 6));
}

std::int64_t descriptors(TestServer& server) {
  const std::filesystem::directory_iterator all(proc(server, "fd"));
  return std::distance(begin(all), end(all));
}

double cpu_seconds(TestServer& server) {
  std::string stat = read_file(proc(server, "stat"));
  stat.erase(0, stat.rfind(')') + 2);  // what follows the name: field 3 of proc(5) and on
  std::istringstream fields(stat);
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user_ticks = 0;
  double system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  return (user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t ended(const std::vector<ChaosClient*>& clients) {
  std::uint64_t total = 0;
  for (const ChaosClient* client : clients) total += client->counts().ended;
  return total;
}

std::uint64_t ChaosTown::ended(std::size_t count) const {
  std::uint64_t total = 0;
  std::size_t seen = 0;
  for (const auto& client : crowd_.clients()) {
    if (count != 0 && ++seen > count) break;
    total += client->counts().ended;
  }
  return total;
}

ChaosTown::ChaosTown(const Options& options)
    : server_(seeded(directory_.path() / "seed.json", options.population,
                     with_room_for_a_crowd(options.settings))),
      town_(read_town(directory_.path() / "seed.json")),
      recorder_(options.name),
      crowd_({.port = server_.port(), .seed = options.seed, .recorder = &recorder_}),
      rooms_of_(town_.inhabitants.size()) {
  for (const Town::Chat& chat : town_.chats) {
    for (const std::size_t member : chat.members) rooms_of_[member].push_back(chat.id);
    begun_[chat.id] = head(chat);
    Record begin;
    begin.kind = Kind::Begin;
    begin.channel = chat.id;
    begin.seq = begun_[chat.id];
    recorder_.add(std::move(begin));
  }
  if (options.launch.program.empty()) return;
  server_.launch_with(options.launch);
  server_.terminate();
  server_.start();
}

ChaosClient& ChaosTown::join(std::size_t inhabitant, ChaosOptions how) {
  if (how.name.empty()) how.name = "c" + std::to_string(++joined_);
  how.user = town_.inhabitants.at(inhabitant).id;
  how.token = town_.inhabitants[inhabitant].token;
  if (how.chats.empty()) how.chats = rooms_of_[inhabitant];
  return crowd_.add(std::move(how));
}

std::uint64_t ChaosTown::head(const Town::Chat& chat) {
  for (const auto until = Clock::now() + kPatience;;) {
    try {
      WsClient socket = connect(server_, user_of(town_, chat));
      return static_cast<std::uint64_t>(subscribe(socket, chat.id)["seq"].number());
    } catch (const std::runtime_error&) {
      if (Clock::now() > until) throw;
      crowd_.run_for(200ms);  // told to come back later
    }
  }
}

void ChaosTown::healed(const std::string& what, std::chrono::milliseconds within) {
  fault_ = {};
  fault_.kind = Kind::Heal;
  fault_.what = what;
  fault_.deadline = recorder_.now() + std::chrono::nanoseconds(within).count();
}

void ChaosTown::well() {
  fault_.well = recorder_.now();
  recorder_.add(fault_);
}

void ChaosTown::settle(std::chrono::milliseconds patience) {
  const auto judged = [](const auto& client) {
    return client->options().recorded && client->options().come_back;
  };
  for (const auto& client : crowd_.clients()) client->send_every(0ms);
  const bool answered = crowd_.run_until(
      [&] {
        return std::ranges::all_of(crowd_.clients(), [&](const auto& client) {
          return !judged(client) || (client->live() && client->unanswered() == 0);
        });
      },
      patience);
  std::map<std::string, std::uint64_t> heads;
  for (const Town::Chat& chat : town_.chats) heads[chat.id] = head(chat);
  const bool whole = crowd_.run_until(
      [&] {
        return std::ranges::all_of(crowd_.clients(), [&](const auto& client) {
          return !judged(client) || client->reached(heads);
        });
      },
      patience);
  CHECK_MESSAGE(answered, "somebody waits for an answer, or cannot come back");
  CHECK_MESSAGE(whole, "somebody has not got everything");
  // What would come doubled comes now.
  crowd_.run_for(300ms);
}

void ChaosTown::read_log(const Town::Chat& chat) {
  WsClient socket = connect(server_, user_of(town_, chat));
  const std::uint64_t to = static_cast<std::uint64_t>(subscribe(socket, chat.id)["seq"].number());
  Record final;
  final.kind = Kind::Final;
  final.channel = chat.id;
  final.whole = true;  // nothing but messages was said
  final.from = begun_[chat.id] + 1;
  final.to = to;
  if (to < *final.from) return;
  for (std::uint64_t after = begun_[chat.id]; after < to;) {
    const Json page = socket.ask(R"({"type":"history","chat_id":")" + chat.id +
                                 R"(","limit":200,"after_seq":)" + std::to_string(after) + "}");
    const Json messages = page["messages"];
    REQUIRE(messages.size() > 0);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      final.entries.push_back(entry_of(messages[i]));
    }
    after = final.entries.back().seq;
  }
  recorder_.add(std::move(final));
}

void ChaosTown::judge() {
  for (const Town::Chat& chat : town_.chats) read_log(chat);
  const Verdict verdict = recorder_.finish();
  INFO(to_text(verdict), recorder_.kept());
  CHECK(verdict.ok());
  CHECK(verdict.finals > 0);
  CHECK(verdict.deliveries > 0);
  std::uint64_t denied = 0;
  for (const auto& client : crowd_.clients()) denied += client->counts().replays_denied;
  CHECK(denied == 0);
  MESSAGE(verdict.acked, " acked, ", verdict.deliveries, " deliveries judged, ", verdict.unknown,
          " of unknown outcome at some time");
}

}  // namespace kith::test
