#include "gateway/commands/invocation.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gateway/build_name.h"
#include "protocol/version.h"

namespace kith {
namespace {

std::variant<Invocation, EarlyExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kithd");
  return parse_invocation(static_cast<int>(arguments.size()), arguments.data(), {});
}

Invocation good(std::vector<const char*> arguments) {
  auto parsed = parse(std::move(arguments));
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) FAIL(early->text);
  return std::move(*std::get_if<Invocation>(&parsed));
}

EarlyExit exit_of(std::vector<const char*> arguments) {
  auto parsed = parse(std::move(arguments));
  REQUIRE(std::holds_alternative<EarlyExit>(parsed));
  return std::move(*std::get_if<EarlyExit>(&parsed));
}

const std::string kUser = UserId{Uuid{7}}.text();

}  // namespace

TEST_CASE("without a command kithd serves") {
  const auto invocation = good({"--listen", "127.0.0.1:9", "--data", "/d", "--set", "shards=2",
                                "--set", "limits.body_bytes=2048"});
  CHECK(std::holds_alternative<invocation::Serve>(invocation.command));
  CHECK(invocation.config.listen == "127.0.0.1:9");
  CHECK(invocation.config.data == "/d");
  CHECK(invocation.config.shards == 2);
  CHECK(invocation.config.limits.body_bytes == 2048);
}

TEST_CASE("--demo is for serving alone") {
  CHECK(std::get<invocation::Serve>(good({"--demo"}).command).demo);
  CHECK_FALSE(std::get<invocation::Serve>(good({}).command).demo);
  const auto wrong = exit_of({"check-config", "--demo"});
  CHECK(wrong.code == kExitUsage);
  CHECK(wrong.text == "kithd: --demo: is for serving (see kithd --help)\n");
}

TEST_CASE("options stand before or behind the command") {
  for (const auto& invocation :
       {good({"--set", "shards=2", "--data", "/d", "token", "--user", kUser.c_str()}),
        good({"token", "--user", kUser.c_str(), "--set", "shards=2", "--data", "/d"})}) {
    const auto* token = std::get_if<invocation::Token>(&invocation.command);
    REQUIRE(token != nullptr);
    CHECK(token->user.text() == kUser);
    CHECK(invocation.config.data == "/d");
    CHECK(invocation.config.shards == 2);
  }
}

TEST_CASE("each command has what it was told") {
  const auto seeding = good({"seed", "--data", "/d", "--users", "10", "--rooms", "3", "--members",
                             "4", "--out", "/o.json"});
  const auto* seed = std::get_if<invocation::Seed>(&seeding.command);
  REQUIRE(seed != nullptr);
  CHECK(seed->users == 10);
  CHECK(seed->rooms == 3);
  CHECK(seed->members == 4);
  CHECK(seed->out == "/o.json");
  CHECK(seed->clubs == 0);
  const auto with_clubs = good({"seed", "--users", "10", "--rooms", "3", "--members", "4",
                                "--clubs", "2", "--club-members", "7", "--out", "/o.json"});
  CHECK(std::get<invocation::Seed>(with_clubs.command).clubs == 2);
  CHECK(std::get<invocation::Seed>(with_clubs.command).club_members == 7);

  const auto granting = good({"grant", "--user", kUser.c_str(), "--role", "admin"});
  const auto* grant = std::get_if<invocation::Grant>(&granting.command);
  REQUIRE(grant != nullptr);
  CHECK(grant->role == SystemRole::admin);

  const auto making = good({"service-token", "create", "--name", "billing", "--scopes",
                            "events:publish,presence:read", "--data", "/d"});
  const auto* token = std::get_if<invocation::ServiceToken>(&making.command);
  REQUIRE(token != nullptr);
  CHECK(token->name == "billing");
  CHECK(token->scopes.list() ==
        std::vector{ServiceScope::events_publish, ServiceScope::presence_read});
  CHECK(making.config.data == "/d");

  CHECK(std::holds_alternative<invocation::CheckConfig>(good({"check-config"}).command));
}

TEST_CASE("a mistake on the command line is one line and exit 64") {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--nonsense"},
           {"nonsense"},
           {"--set"},
           {"seed"},
           {"seed", "--users", "3", "--rooms", "1", "--members", "1", "--clubs", "1",
            "--club-members", "4", "--out", "x"},
           {"seed", "--users", "0", "--rooms", "1", "--members", "1", "--out", "x"},
           {"seed", "--users", "-1", "--rooms", "1", "--members", "1", "--out", "x"},
           {"seed", "--users", "2", "--rooms", "1", "--members", "3", "--out", "x"},
           {"token"},
           {"token", "--user", "root"},
           {"token", "--user", kUser.c_str(), "--minutes", "0"},
           {"grant", "--user", kUser.c_str()},
           {"grant", "--user", kUser.c_str(), "--role", "god"},
           {"service-token"},
           {"service-token", "create", "--name", "a"},
           {"service-token", "create", "--name", "a", "--scopes", "all"},
           {"service-token", "create", "--name", "a", "--scopes", ""},
           {"service-token", "create", "--name", "", "--scopes", "presence:read"},
           {"service-token", "create", "--name", "b\u0456lling", "--scopes", "presence:read"},
           {"service-token", "create", "--name", "\xFF", "--scopes", "presence:read"},
           {"check-config", "token", "--user", kUser.c_str()}}) {
    const auto early = exit_of(arguments);
    CAPTURE(early.text);
    CHECK(early.code == kExitUsage);
    CHECK(early.text.starts_with("kithd: "));
    CHECK(early.text.find('\n') == early.text.size() - 1);
  }
}

TEST_CASE("a bad configuration is one line and exit 78, whatever the command") {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--set", "typo=1"},
           {"check-config", "--set", "auth.secret=short"},
           {"token", "--user", kUser.c_str(), "--config", "/nonexistent.toml"},
           {"--listen", "0.0.0.0:80"},
           {"--listen", "nonsense"}}) {
    const auto early = exit_of(arguments);
    CAPTURE(early.text);
    CHECK(early.code == kExitConfig);
    CHECK(early.text.starts_with("kithd: "));
    CHECK(early.text.find('\n') == early.text.size() - 1);
  }
}

TEST_CASE("--version and --help are no mistakes") {
  const auto version = exit_of({"--version"});
  CHECK(version.code == 0);
  CHECK(version.text == "kithd " + std::string(build_name()) + "\n");
  const auto help = exit_of({"--help"});
  CHECK(help.code == 0);
  CHECK(help.text.find("check-config") != std::string::npos);
}

TEST_CASE("a build is named by the version, and behind a + by what it was made of") {
  std::string_view name = build_name();
  REQUIRE(name.starts_with(kVersion));
  name.remove_prefix(kVersion.size());
  if (name.empty()) return;  // made without git
  CHECK(name.size() > 1);
  CHECK(name.starts_with('+'));
  CHECK(name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.",
                               1) == std::string_view::npos);
}

TEST_CASE("the version is that of CMakeLists.txt") {
  std::ostringstream text;
  text << std::ifstream(std::filesystem::path(__FILE__).parent_path() / "../../CMakeLists.txt")
              .rdbuf();
  const auto wanted = "project(kith VERSION " + std::string(kVersion) + " ";
  CHECK(text.str().find(wanted) != std::string::npos);
}

}  // namespace kith
