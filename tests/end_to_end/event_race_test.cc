// Capacity under concurrency: racing answers over HTTP against the real kithd, on both stores.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/end_to_end/event_requests.h"
#include "tests/support/postgres_server.h"

namespace kith::test {
namespace {

// Users that `kithd seed` has made: hashing 500 passwords would take longer than the race.
std::vector<User> seeded(const std::filesystem::path& data, std::vector<std::string> settings,
                         std::size_t count) {
  const auto file = data.parent_path() / "seed.json";
  std::vector<std::string> command{
      kithd(),   "seed", "--data",    data.string(), "--users", std::to_string(count),
      "--rooms", "1",    "--members", "1",           "--out",   file.string()};
  for (const std::string& setting : settings) {
    command.push_back("--set");
    command.push_back(setting);
  }
  const Output made = run(command);
  if (made.status != 0) throw std::runtime_error("seed: " + made.err);
  const Json all = Json::parse(read_file(file));
  std::vector<User> users(all["users"].size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    users[i].id = all["users"][i]["id"].text();
    users[i].token = all["users"][i]["token"].text();
  }
  return users;
}

void race_for_seats(std::vector<std::string> settings) {
  constexpr std::size_t kPeople = 500;
  constexpr std::size_t kClients = 16;
  std::vector<User> users;
  auto all = settings;
  all.insert(all.end(), {"shards=2", "limits.messages_per_minute=0"});
  const TestServer server(
      all, [&](const std::filesystem::path& data) { users = seeded(data, settings, kPeople + 1); });
  const User& host = users.back();
  const std::string event = publish_event(server, host);
  std::atomic<std::size_t> next = 0;
  std::atomic<int> confirmed = 0;
  std::atomic<int> waitlisted = 0;
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      HttpClient http = server.http();
      for (std::size_t at = next++; at < kPeople; at = next++) {
        const std::string status =
            http.post("/events/" + event + "/rsvp", R"({"status":"going"})", users[at].token)
                .json()["status"]
                .text();
        confirmed += status == "confirmed" ? 1 : 0;
        waitlisted += status == "waitlisted" ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(confirmed == 25);
  CHECK(waitlisted == static_cast<int>(kPeople) - 25);
  const Json seen = server.http().get("/events/" + event, host.token).json();
  CHECK(seen["attendees"]["count"].number() == 25);
  CHECK(seen["waitlist_count"].number() == static_cast<int>(kPeople) - 25);
  CHECK(seen["ticketing"]["status"].text() == "sold_out");
}

TEST_CASE("of 500 who race for 25 seats over HTTP, 25 get one: SQLite") {
  race_for_seats({});
}

TEST_CASE("of 500 who race for 25 seats over HTTP, 25 get one: Postgres") {
  race_for_seats({"storage.url=" + PostgresServer::shared().new_database()});
}

}  // namespace
}  // namespace kith::test
