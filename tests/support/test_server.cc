#include "tests/support/test_server.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/support/broken_servers.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/sanitized.h"

namespace kith::test {
namespace {

Json expect_status(const HttpResponse& response, int status, std::string_view what) {
  if (response.status != status) {
    throw std::runtime_error(std::string(what) + ": " + std::to_string(response.status) + " " +
                             response.body);
  }
  return response.json();
}

}  // namespace

std::size_t nodes_wanted() {
  const char* given = std::getenv("KITH_TEST_NODES");
  return given == nullptr ? 1 : std::max<std::size_t>(std::strtoul(given, nullptr, 10), 1);
}

std::string kithd() {
  return KITH_KITHD;
}
std::string kith_bench() {
  return KITH_BENCH;
}

TestServer::TestServer(std::vector<std::string> settings, const Prepare& prepare)
    : TestServer(std::move(settings), prepare, Launch{}) {}

TestServer::TestServer(std::vector<std::string> settings, const Prepare& prepare, Launch launch)
    : data_(directory_.path() / "data"),
      log_file_(directory_.path() / "log"),
      port_(free_port()),
      settings_(std::move(settings)),
      launch_(std::move(launch)) {
  if (const char* shards = std::getenv("KITH_TEST_SHARDS")) {
    std::erase_if(settings_, [](const std::string& text) { return text.starts_with("shards="); });
    settings_.push_back(std::string("shards=") + shards);
  }
  if (prepare) prepare(data_);
  if (launch_.nodes > 1) {
    make_nodes();
  } else {
    start();
  }
}

void TestServer::make_nodes() {
  static RedisServer redis;
  settings_.push_back("storage.url=" + PostgresServer::shared().new_database());
  settings_.push_back("bus.url=redis://127.0.0.1:" + std::to_string(redis.port()));
  start();
  await_ready(Bus::ready);  // several nodes are one server only with it
  Launch alone = launch_;
  alone.nodes = 1;
  for (std::size_t i = 1; i < launch_.nodes; ++i) {
    companions_.push_back(std::make_unique<TestServer>(settings_, Prepare{}, alone));
    companions_.back()->await_ready(Bus::ready);
  }
}

std::uint16_t TestServer::port() const {
  const std::size_t turn = turn_++ % (companions_.size() + 1);
  return turn == 0 ? port_ : companions_[turn - 1]->port_;
}

TestServer::~TestServer() {
  let_go();
  // What a sanitizer or an assertion had to say must not go with the directory.
  const std::string text = log();
  if (holds_report(text)) note_broken_server(text);
}

// A crash that no test has looked at is one all the same. Leaks are only told by who ends in peace.
void TestServer::let_go() {
  if (!process_) return;
  try {
    if (process_->ended_unasked()) {
      note_broken_server("ended by itself with " + std::to_string(process_->wait()) + ": " + log());
    } else if (kSanitized && process_->running()) {
      process_->signal(SIGCONT);
      const int status = terminate();
      if (status != 0) note_broken_server("ended with " + std::to_string(status) + ": " + log());
    }
  } catch (const std::runtime_error& error) {
    note_broken_server(std::string(error.what()) + ": " + log());
  }
  process_.reset();
}

void TestServer::start() {
  std::vector<std::string> command = {launch_.program.empty() ? kithd() : launch_.program,
                                      "--listen", address(), "--data", data_.string(),
                                      // What a message earns its sender is told on their sockets,
                                      // a while later: for the tests that ask for it (app=default).
                                      "--set", "app=none"};
  for (const auto& setting : settings_) {
    command.emplace_back("--set");
    command.push_back(setting);
  }
  let_go();
  process_ = std::make_unique<Process>(Process::Start{
      .command = std::move(command), .stderr_file = log_file_, .environment = launch_.environment});
  await_ready(Bus::any);
}

void TestServer::await_ready(Bus bus) {
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    if (!process_->running()) throw std::runtime_error("kithd did not start: " + log());
    try {
      const HttpResponse answer = HttpClient(port_).get("/readyz");
      const bool degraded = answer.status == 200 && answer.json()["status"].text() != "ready";
      if (answer.status == 200 && (bus == Bus::any || !degraded)) return;
    } catch (const std::runtime_error&) {
      // Nobody listens yet: that is what is being awaited.
      if (Clock::now() > deadline) throw;
    }
    if (Clock::now() > deadline) throw std::runtime_error("kithd is not ready: " + log());
    std::this_thread::sleep_for(2ms);
  }
}

void TestServer::kill() {
  if (process_->ended_unasked()) throw std::runtime_error("kithd had ended by itself: " + log());
  process_->signal(SIGKILL);
  process_->wait();
}

int TestServer::terminate() {
  process_->signal(SIGTERM);
  return process_->wait();
}

HttpResponse TestServer::post(std::string path, std::string body, const User& user) const {
  return http().post(std::move(path), std::move(body), user.token);
}

User TestServer::sign_up(std::string_view name) const {
  static std::atomic<int> counter{0};
  User user{.id = {},
            .email = std::string(name) + "-" + std::to_string(++counter) + "@example.com",
            .password = "correct horse battery " + std::to_string(counter),
            .token = {},
            .refresh_token = {}};
  const auto body = R"({"email":")" + user.email + R"(","password":")" + user.password +
                    R"(","display_name":")" + std::string(name) + R"("})";
  user.id = expect_status(http().post("/users", body), 201, "sign-up")["id"].text();
  return log_in(user);
}

std::vector<User> TestServer::sign_up(std::size_t count) const {
  std::vector<User> users;
  for (std::size_t i = 0; i < count; ++i) users.push_back(sign_up());
  return users;
}

User TestServer::log_in(const User& user) const {
  const auto body = R"({"email":")" + user.email + R"(","password":")" + user.password + R"("})";
  const Json answer = expect_status(http().post("/auth/login", body), 200, "login");
  User again = user;
  again.token = answer["access_token"].text();
  again.refresh_token = answer["refresh_token"].text();
  return again;
}

std::string TestServer::group(const User& owner, const std::vector<User>& others) const {
  std::string ids;
  for (const User& other : others) ids += (ids.empty() ? "" : ",") + json_string(other.id);
  const auto body = R"({"type":"group","name":"room","participant_ids":[)" + ids + "]}";
  return expect_status(post("/chats", body, owner), 201, "group")["id"].text();
}

std::string TestServer::direct(const User& one, const User& other) const {
  const auto body = R"({"type":"direct","participant_ids":[)" + json_string(other.id) + "]}";
  return expect_status(post("/chats", body, one), 201, "direct chat")["id"].text();
}

Room make_room(const TestServer& server, std::size_t users) {
  Room room{.users = server.sign_up(users), .chat = {}};
  room.chat = server.group(room.users[0], {room.users.begin() + 1, room.users.end()});
  return room;
}

std::string init_frame(const User& user, std::string_view more) {
  return R"({"type":"connection.init","token":")" + user.token + '"' + (more.empty() ? "" : ",") +
         std::string(more) + "}";
}

WsClient connect(const TestServer& server, const User& user, std::string_view more) {
  WsClient socket(server.port());
  socket.send(init_frame(user, more));
  socket.expect("connection.ready");
  const Json own = socket.expect("subscribed");
  if (own["channel"].text() != user.id) {
    throw std::runtime_error("the own channel comes first, not " + own.dump());
  }
  return socket;
}

WsClient connect_to(const TestServer& server, const User& user,
                    const std::vector<std::string>& chats) {
  WsClient socket = connect(server, user);
  for (const auto& chat : chats) {
    const Json answer = subscribe(socket, chat);
    if (answer["type"].text() != "subscribed") throw std::runtime_error(answer.dump());
  }
  return socket;
}

Json subscribe(WsClient& socket, std::string_view channel, std::string_view more) {
  return socket.ask(R"({"type":"subscribe","channel":")" + std::string(channel) + '"' +
                    (more.empty() ? "" : ",") + std::string(more) + "}");
}

std::string message(std::string_view chat, std::string_view client_message_id,
                    std::string_view text, std::string_view more) {
  return R"({"type":"message.new","chat_id":")" + std::string(chat) + R"(","client_message_id":")" +
         std::string(client_message_id) + R"(","content":{"type":"text","text":)" +
         json_string(text) + "}" + (more.empty() ? "" : ",") + std::string(more) + "}";
}

std::string about(std::string_view type, std::string_view chat, std::string_view message_id,
                  std::string_view more) {
  return R"({"type":")" + std::string(type) + R"(","chat_id":")" + std::string(chat) +
         R"(","message_id":")" + std::string(message_id) + '"' + (more.empty() ? "" : ",") +
         std::string(more) + "}";
}

Json say(WsClient& socket, std::string_view chat, std::string_view client_message_id,
         std::string_view text) {
  const Json answer = socket.ask(message(chat, client_message_id, text));
  if (answer["type"].text() != "ack") throw std::runtime_error("no ack: " + answer.dump());
  return answer;
}

}  // namespace kith::test
