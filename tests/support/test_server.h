// The real kithd on a data directory and a port of its own, and shorthands for what every test
// needs of it: users, chats, sockets.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/http_client.h"
#include "tests/support/process.h"
#include "tests/support/ws_client.h"

namespace kith::test {

struct User {
  std::string id;
  std::string email;
  std::string password;
  std::string token;
  std::string refresh_token;
};

class TestServer {
 public:
  // What is to be done to the data directory before the first start.
  using Prepare = std::function<void(const std::filesystem::path& data)>;

  // How the process is started, from the next start() on.
  struct Launch {
    std::string program;                                           // empty: kithd()
    std::vector<std::pair<std::string, std::string>> environment;  // besides the test's own
    // More than one: that many kithd over one Postgres and one Redis, and port() is the next one's
    // each time. What is asked of the process is asked of the first alone.
    std::size_t nodes = 1;
  };

  // `settings` are given as --set. Starts, and returns once it is ready.
  explicit TestServer(std::vector<std::string> settings = {}, const Prepare& prepare = {});
  TestServer(std::vector<std::string> settings, const Prepare& prepare, Launch launch);
  ~TestServer();

  std::uint16_t port() const;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::filesystem::path& data() const { return data_; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  Process& process() { return *process_; }

  // SIGKILL, and waits until it is gone. Throws where it had ended already, by itself.
  void kill();
  int terminate();  // SIGTERM; the exit status
  void start();     // again, on the same directory and port
  void launch_with(Launch launch) { launch_ = std::move(launch); }
  std::string log() const { return read_file(log_file_); }

  HttpClient http() const { return HttpClient(port()); }
  // With the body that every test of an error wants to see: JSON, or absent.
  HttpResponse post(std::string path, std::string body, const User& user) const;

  // `name` becomes name-N@example.com.
  User sign_up(std::string_view name = "user") const;
  std::vector<User> sign_up(std::size_t count) const;
  User log_in(const User& user) const;  // another login of the same user
  std::string group(const User& owner, const std::vector<User>& others) const;
  std::string direct(const User& one, const User& other) const;

 private:
  void let_go();
  enum class Bus { any, ready };
  void await_ready(Bus bus);
  void make_nodes();

  TemporaryDirectory directory_;
  std::filesystem::path data_;
  std::filesystem::path log_file_;
  std::uint16_t port_;
  std::vector<std::string> settings_;
  Launch launch_;
  std::unique_ptr<Process> process_;
  std::vector<std::unique_ptr<TestServer>> companions_;  // the other nodes
  mutable std::atomic<std::size_t> turn_ = 0;
};

// KITH_TEST_NODES: of the servers that a test program shares. KITH_TEST_SHARDS, of every server of
// the tests, comes before what a test sets.
std::size_t nodes_wanted();

// A group that the first user owns and all are in.
struct Room {
  std::vector<User> users;
  std::string chat;
};
Room make_room(const TestServer& server, std::size_t users);

std::string kithd();  // paths of the programs
std::string kith_bench();

std::string init_frame(const User& user, std::string_view more = {});
// Upgraded, initialised, its own channel subscribed. `more` are members for connection.init, as
// R"("follow":["chats"])".
WsClient connect(const TestServer& server, const User& user, std::string_view more = {});
// And subscribed to these chats from now on.
WsClient connect_to(const TestServer& server, const User& user,
                    const std::vector<std::string>& chats);
Json subscribe(WsClient& socket, std::string_view channel, std::string_view more = {});

// message.new; `more` are further members.
std::string message(std::string_view chat, std::string_view client_message_id,
                    std::string_view text, std::string_view more = {});
// A frame about a message; `more` are further members.
std::string about(std::string_view type, std::string_view chat, std::string_view message_id,
                  std::string_view more = {});
// Sends one and waits for its ack.
Json say(WsClient& socket, std::string_view chat, std::string_view client_message_id,
         std::string_view text);

}  // namespace kith::test
