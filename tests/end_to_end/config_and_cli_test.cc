// The operator's side: configuration, and the commands beside the server.
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr int kExitConfig = 78;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Refused before anything is touched: exit 78 and one line that names the key.
void check_refused(const std::vector<std::string>& arguments, const std::string& key,
                   const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  const TemporaryDirectory directory;
  std::vector<std::string> command = {kithd(), "--data", (directory.path() / "data").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Output output = run(command, environment);
  INFO(key, ": ", output.err);
  CHECK(output.status == kExitConfig);
  CHECK(output.err.find(key) != std::string::npos);
  CHECK(lines(output.err) == 1);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "data"));
}

TEST_CASE("a bad configuration stops the start with exit 78 and one line") {
  check_refused({"--set", "limits.mesages_per_minute=1"}, "limits.mesages_per_minute");
  check_refused({"--set", "limits.messages_per_minute=many"}, "limits.messages_per_minute");
  check_refused({"--set", "limits.messages_per_minute=-1"}, "limits.messages_per_minute");
  check_refused({"--set", "shards=100000"}, "shards");
  check_refused({"--set", "log.level=loud"}, "log.level");
  check_refused({"--set", "auth.secret=tooshort"}, "auth.secret");
  check_refused({"--set", "storage.url=mysql://x"}, "storage.url");
  check_refused({"--listen", "nonsense"}, "listen");
  check_refused({"--listen", "127.0.0.1:99999"}, "listen");
  check_refused({"--config", "/no/such/file.toml"}, "/no/such/file.toml");
  check_refused({}, "KITH_LIMITS_TYPO", {{"KITH_LIMITS_TYPO", "1"}});
}

TEST_CASE("a file with an unknown key is named with its key") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "bad.toml";
  write_file(file, "[limits]\nmessages_per_minute = 10\nnonsense = 1\n");
  check_refused({"--config", file.string()}, "bad.toml");
  check_refused({"--config", file.string()}, "limits.nonsense");
}

TEST_CASE("listening beyond loopback in the clear has to be said aloud") {
  check_refused({"--listen", "0.0.0.0:8080"}, "listen");
}

TEST_CASE("the environment overrides the file, and --set the environment") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "kithd.toml";
  write_file(file,
             "[limits]\nmessages_per_minute = 10\nsockets_per_user = 11\n"
             "frame_bytes = 12000\n");
  const Output output =
      run({kithd(), "check-config", "--config", file.string(), "--set", "limits.frame_bytes=32000"},
          {{"KITH_LIMITS_SOCKETS_PER_USER", "21"}, {"KITH_LIMITS_FRAME_BYTES", "22000"}});
  CHECK(output.status == 0);
  CHECK(output.out.find("limits.messages_per_minute = 10") != std::string::npos);
  CHECK(output.out.find("limits.sockets_per_user = 21") != std::string::npos);
  CHECK(output.out.find("limits.frame_bytes = 32000") != std::string::npos);
  CHECK(run({kithd(), "check-config", "--set", "nonsense=1"}).status == kExitConfig);
  CHECK(
      run({kithd(), "check-config", "--config", std::string(KITH_SOURCE_DIR) + "/conf/kithd.toml"})
          .status == 0);
}

TEST_CASE("the signing secret is made at the first start, for its owner's eyes only") {
  const TestServer server;
  struct stat status {};
  bool found = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.data())) {
    if (entry.path().filename().string().find("secret") == std::string::npos) continue;
    found = true;
    REQUIRE(::stat(entry.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
  CHECK(found);
}

TEST_CASE("tokens outlive a restart, and logs never hold one") {
  TestServer server;
  const User user = server.sign_up();
  CHECK(server.terminate() == 0);
  server.start();
  CHECK(server.http().get("/chats", user.token).status == 200);
  CHECK_NOTHROW(connect(server, user));
  WsClient by_query(server.port(), {.path = "/ws?token=" + user.token});
  by_query.send(R"({"type":"connection.init"})");
  by_query.expect("connection.ready");
  const std::string log = server.log();
  CHECK(log.find(user.token.substr(user.token.rfind('.'))) == std::string::npos);
  CHECK(log.find(user.password) == std::string::npos);
}

TEST_CASE("a second kithd on the same directory is refused with one clear line") {
  const TestServer server;
  const Output second = run({kithd(), "--data", server.data().string(), "--listen",
                             "127.0.0.1:" + std::to_string(free_port())});
  INFO(second.err);
  CHECK(second.status != 0);
  CHECK(lines(second.err) == 1);
  CHECK(second.err.find(server.data().string()) != std::string::npos);
  CHECK(server.http().get("/readyz").status == 200);
}

TEST_CASE("a kithd on another directory does not share the address of one that runs") {
  const TestServer server;
  const TemporaryDirectory directory;
  const auto taken = "127.0.0.1:" + std::to_string(server.port());
  const auto elsewhere = directory.path() / "data";
  std::vector<std::string> command = {kithd(), "--data", elsewhere.string(), "--listen", taken};
  SUBCASE("to serve") {}
  SUBCASE("to show what there is") {
    command.emplace_back("--demo");
  }
  const Output second = run(command);
  INFO(second.err);
  CHECK(second.status == 1);
  CHECK(lines(second.err) == 1);
  CHECK(second.err.find("cannot listen on " + taken) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(elsewhere));  // nothing was made for who could not serve
}

TEST_CASE("kithd token works beside the running server; an unknown user is refused") {
  const TestServer server;
  User user = server.sign_up();
  const Output made = run({kithd(), "token", "--data", server.data().string(), "--user", user.id});
  INFO(made.err);
  REQUIRE(made.status == 0);
  user.token = made.out.substr(0, made.out.find('\n'));
  CHECK(server.http().get("/chats", user.token).status == 200);
  CHECK_NOTHROW(connect(server, user));
  const Output unknown = run({kithd(), "token", "--data", server.data().string(), "--user",
                              "usr_00000000000000000000000000"});
  CHECK(unknown.status != 0);
  CHECK(lines(unknown.err) == 1);
}

TEST_CASE("kithd seed makes people and rooms that can talk") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "seed.json";
  const TestServer server({}, [&](const std::filesystem::path& data) {
    const Output seeded = run({kithd(), "seed", "--data", data.string(), "--users", "10", "--rooms",
                               "3", "--members", "4", "--out", file.string()});
    INFO(seeded.err);
    REQUIRE(seeded.status == 0);
  });
  const Json seed = Json::parse(read_file(file));
  REQUIRE(seed["users"].size() == 10);
  REQUIRE(seed["chats"].size() == 3);
  std::map<std::string, User> users;
  for (std::size_t i = 0; i < 10; ++i) {
    const Json user = seed["users"][i];
    CHECK(user["email"].is_string());
    users[user["id"].text()] = {.id = user["id"].text(),
                                .email = user["email"].text(),
                                .password = {},
                                .token = user["token"].text(),
                                .refresh_token = {}};
  }
  const auto chat = seed["chats"][0]["id"].text();
  const auto members = seed["chats"][0]["members"].texts();
  CHECK(members.size() == 4);
  WsClient one = connect_to(server, users.at(members[0]), {chat});
  WsClient other = connect_to(server, users.at(members[3]), {chat});
  say(one, chat, "1", "hello");
  CHECK(other.expect("message.new")["content"]["text"].text() == "hello");
}

TEST_CASE("kithd grant raises a role, --version and unknown words answer at once") {
  TestServer server;
  const User user = server.sign_up();
  CHECK(server.terminate() == 0);
  const Output granted = run(
      {kithd(), "grant", "--data", server.data().string(), "--user", user.id, "--role", "admin"});
  INFO(granted.err);
  CHECK(granted.status == 0);
  CHECK(run({kithd(), "grant", "--data", server.data().string(), "--user", user.id, "--role",
             "emperor"})
            .status != 0);
  const Output version = run({kithd(), "--version"});
  CHECK(version.status == 0);
  CHECK_FALSE(version.out.empty());
  CHECK(run({kithd(), "fly"}).status != 0);
}

}  // namespace
}  // namespace kith::test
