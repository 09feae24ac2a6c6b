// `./dev cluster`: Postgres, Redis and kithd on this machine, told how to be used, and all of it
// gone at its end.
#include <doctest/doctest.h>
#include <signal.h>

#include <regex>

#include "tests/support/await.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

constexpr auto kStartPatience = 120s;  // initdb on a busy machine
constexpr auto kStopPatience = 90s;

// Postgres, as another user than root, must pass through.
struct OpenDirectory : TemporaryDirectory {
  OpenDirectory() {
    std::filesystem::permissions(path(), std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
  }
};

class DevCluster {
 public:
  DevCluster()
      : process({.command = {"/bin/bash", std::string(KITH_SOURCE_DIR) + "/dev", "cluster", "2",
                             "--bin", std::filesystem::path(kithd()).parent_path().string(),
                             "--data", (directory.path() / "cluster").string()},
                 .stdout_file = directory.path() / "out",
                 .stderr_file = directory.path() / "err"}) {
    await("Ctrl-C stops everything.", out(), kStartPatience);
    static const std::regex line(R"(node\d +http://127\.0\.0\.1:(\d+) .*process (\d+)\))");
    const std::string text = read_file(out());
    for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) {
      ports.push_back(static_cast<std::uint16_t>(std::stoi((*at)[1])));
      nodes.push_back(std::stoi((*at)[2]));
    }
  }
  std::filesystem::path out() const { return directory.path() / "out"; }
  std::filesystem::path err() const { return directory.path() / "err"; }

  void await(const std::string& text, const std::filesystem::path& where,
             std::chrono::milliseconds patience) {
    const auto is_there = [&] {
      if (read_file(where).find(text) != std::string::npos) return true;
      REQUIRE_MESSAGE(process.running(), read_file(err()));
      return false;
    };
    const bool came = await_condition(Clock::now() + patience, 20ms, is_there);
    REQUIRE_MESSAGE(came, read_file(err()));
  }

  OpenDirectory directory;
  Process process;
  std::vector<std::uint16_t> ports;
  std::vector<pid_t> nodes;
};

User sign_up(std::uint16_t port, const std::string& name) {
  User user{.id = {},
            .email = name + "@example.com",
            .password = "correct horse battery",
            .token = {},
            .refresh_token = {}};
  const std::string login = R"("email":")" + user.email + R"(","password":")" + user.password + '"';
  const HttpResponse made =
      HttpClient(port).post("/users", "{" + login + R"(,"display_name":")" + name + "\"}");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  user.id = made.json()["id"].text();
  const HttpResponse in = HttpClient(port).post("/auth/login", "{" + login + "}");
  REQUIRE_MESSAGE(in.status == 200, in.body);
  user.token = in.json()["access_token"].text();
  return user;
}

TEST_CASE("./dev cluster: what is said on one node is heard on the other; a kill is told") {
  DevCluster cluster;
  REQUIRE(cluster.ports.size() == 2);
  for (const std::uint16_t port : cluster.ports) {
    CHECK(HttpClient(port).get("/readyz").status == 200);
  }
  const User ada = sign_up(cluster.ports[0], "ada");
  const User ben = sign_up(cluster.ports[1], "ben");
  const HttpResponse made =
      HttpClient(cluster.ports[0])
          .post("/chats", R"({"type":"direct","participant_ids":[")" + ben.id + "\"]}", ada.token);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string chat = made.json()["id"].text();
  WsClient there(cluster.ports[1]);
  there.send(init_frame(ben));
  there.expect("connection.ready");
  subscribe(there, chat);
  WsClient here(cluster.ports[0]);
  here.send(init_frame(ada));
  here.expect("connection.ready");
  const Json ack = say(here, chat, "first", "hello");
  CHECK(there.wait_for("message.new")["seq"].number() == ack["seq"].number());

  // Of the test's own descendants.
  REQUIRE(::kill(cluster.nodes[0], SIGKILL) == 0);
  cluster.await("node1 (process " + std::to_string(cluster.nodes[0]) + ") has ended: signal KILL",
                cluster.err(), kStopPatience);
  say(there, chat, "second", "still here");

  cluster.process.signal(SIGTERM);
  CHECK(cluster.process.wait(kStopPatience) == 0);
  const std::string said = read_file(cluster.err());
  for (const char* program : {"node2", "redis", "postgres"}) {
    CHECK(said.find(std::string(program) + " has ended: exit code 0") != std::string::npos);
  }
  CHECK_THROWS(HttpClient(cluster.ports[1]).get("/readyz"));
}

}  // namespace
}  // namespace kith::test
