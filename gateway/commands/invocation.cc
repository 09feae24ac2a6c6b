#include "gateway/commands/invocation.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "gateway/build_name.h"
#include "gateway/name_text.h"

namespace kith {
namespace {

// What CLI11 fills in.
struct Arguments {
  std::string config_file;
  std::string listen;
  std::string data;
  std::vector<std::string> assignments;
  std::string user;
  std::string role;
  std::string name;
  std::string scopes;
  invocation::Seed seed;
  std::uint32_t minutes = 60;
  bool demo = false;
};

struct Subcommands {
  CLI::App* check_config;
  CLI::App* seed;
  CLI::App* token;
  CLI::App* grant;
  CLI::App* restore;
  CLI::App* service_token;  // create, of it
};

CLI::App* describe_service_token(CLI::App& app, Arguments& arguments) {
  auto* tokens = app.add_subcommand("service-token", "Tokens of other back ends");
  tokens->require_subcommand(1);
  auto* create = tokens->add_subcommand("create", "Make one, and print it this once");
  create->add_option("--name", arguments.name, "What it is for")->required();
  create->add_option("--scopes", arguments.scopes, "events:publish,users:write, ...")->required();
  create->fallthrough();
  return create;
}

Subcommands describe(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", fmt::format("kithd {}", build_name()));
  app.add_option("--config", arguments.config_file, "Configuration file (TOML)");
  app.add_option("--listen", arguments.listen, "HOST:PORT to listen on");
  app.add_option("--data", arguments.data, "Data directory");
  app.add_option("--set", arguments.assignments, "section.key=value, over file and environment")
      ->allow_extra_args(false);
  app.add_flag("--demo", arguments.demo,
               "Two users to try the page with, on loopback and the embedded store alone");
  app.require_subcommand(0, 1);
  app.fallthrough();  // the options above may also stand behind a subcommand

  Subcommands subcommands{};
  subcommands.check_config =
      app.add_subcommand("check-config", "Check the configuration, print what it comes to");
  auto* seed = app.add_subcommand("seed", "Make users and rooms to try things with");
  seed->add_option("--users", arguments.seed.users, "How many users")
      ->required()
      ->check(CLI::Range(1, 1'000'000));
  seed->add_option("--rooms", arguments.seed.rooms, "How many rooms")
      ->required()
      ->check(CLI::Range(0, 1'000'000));
  seed->add_option("--members", arguments.seed.members, "Members of each room")
      ->required()
      ->check(CLI::Range(1, 1'000'000));
  seed->add_option("--clubs", arguments.seed.clubs, "How many clubs, which the first user owns")
      ->check(CLI::Range(0, 1000));
  seed->add_option("--club-members", arguments.seed.club_members,
                   "Members of each club, the first of the users (default: all of them)")
      ->check(CLI::Range(1, 1'000'000));
  seed->add_option("--out", arguments.seed.out, "JSON file to write, with a token per user")
      ->required();
  seed->add_flag("--scores", arguments.seed.scores, "Give everybody a place on the leaderboards");
  subcommands.seed = seed;
  auto* token = app.add_subcommand("token", "Print an access token for a user");
  token->add_option("--user", arguments.user, "usr_...")->required();
  token->add_option("--minutes", arguments.minutes, "How long it is good")
      ->check(CLI::Range(1, 525'600));
  subcommands.token = token;
  auto* grant = app.add_subcommand("grant", "Give a user a role");
  grant->add_option("--user", arguments.user, "usr_...")->required();
  grant->add_option("--role", arguments.role, "user, moderator, organizer, admin or premium_plus")
      ->required();
  subcommands.grant = grant;
  subcommands.restore = app.add_subcommand(
      "restore", "After a backup was put back: a new epoch, so that clients start anew");
  subcommands.service_token = describe_service_token(app, arguments);
  for (auto* subcommand : app.get_subcommands({})) subcommand->fallthrough();
  return subcommands;
}

EarlyExit mistake(std::string_view what) {
  return {.code = kExitUsage, .text = fmt::format("kithd: {} (see kithd --help)\n", what)};
}

ConfigSources sources_of(const Arguments& arguments,
                         const std::vector<std::pair<std::string, std::string>>& environment) {
  ConfigSources sources{
      .file = arguments.config_file, .environment = environment, .assignments = {}};
  for (const auto& text : arguments.assignments) {
    sources.assignments.push_back({.source = "--set", .text = text});
  }
  if (!arguments.listen.empty()) {
    sources.assignments.push_back({.source = "--listen", .text = "listen=" + arguments.listen});
  }
  if (!arguments.data.empty()) {
    sources.assignments.push_back({.source = "--data", .text = "data=" + arguments.data});
  }
  return sources;
}

std::variant<InvokedCommand, EarlyExit> service_token_of(const Arguments& arguments) {
  const auto scopes = parse_service_scopes(arguments.scopes);
  if (!scopes) return mistake("--scopes: " + scopes.error().message);
  auto name = normal_name(arguments.name, {.min = 1, .max = kServiceNameCharactersMax});
  if (!name) return mistake("--name: " + name.error().message);
  return InvokedCommand(invocation::ServiceToken{.name = std::move(*name), .scopes = *scopes});
}

std::variant<InvokedCommand, EarlyExit> command_of(const Arguments& arguments,
                                                   const Subcommands& subcommands) {
  const bool serves = !subcommands.check_config->parsed() && !subcommands.seed->parsed() &&
                      !subcommands.token->parsed() && !subcommands.grant->parsed() &&
                      !subcommands.restore->parsed() && !subcommands.service_token->parsed();
  if (serves) return InvokedCommand(invocation::Serve{.demo = arguments.demo});
  if (arguments.demo) return mistake("--demo: is for serving");
  if (subcommands.check_config->parsed()) return InvokedCommand(invocation::CheckConfig{});
  if (subcommands.seed->parsed()) {
    if (arguments.seed.members > arguments.seed.users) {
      return mistake("--members: a room cannot have more members than there are users");
    }
    if (arguments.seed.club_members > arguments.seed.users) {
      return mistake("--club-members: a club cannot have more members than there are users");
    }
    return InvokedCommand(arguments.seed);
  }
  if (subcommands.restore->parsed()) return InvokedCommand(invocation::Restore{});
  if (subcommands.service_token->parsed()) return service_token_of(arguments);
  const bool token = subcommands.token->parsed();
  const auto user = UserId::parse(arguments.user);
  if (!user) return mistake("--user: is no user id (usr_ and 26 characters)");
  if (token) {
    return InvokedCommand(invocation::Token{.user = *user, .minutes = arguments.minutes});
  }
  const auto role = parse_system_role(arguments.role);
  if (!role) return mistake("--role: must be user, moderator, organizer, admin or premium_plus");
  return InvokedCommand(invocation::Grant{.user = *user, .role = *role});
}

}  // namespace

std::variant<Invocation, EarlyExit> parse_invocation(
    int argc, const char* const* argv,
    const std::vector<std::pair<std::string, std::string>>& environment) {
  CLI::App app("kith: a chat and events server", "kithd");
  Arguments arguments;
  const Subcommands subcommands = describe(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return mistake(error.what());
    std::ostringstream text;
    app.exit(error, text, text);
    return EarlyExit{.code = 0, .text = std::move(text).str()};
  }
  auto command = command_of(arguments, subcommands);
  if (auto* wrong = std::get_if<EarlyExit>(&command)) return std::move(*wrong);
  auto config = load_config(sources_of(arguments, environment));
  if (!config) {
    return EarlyExit{.code = kExitConfig,
                     .text = fmt::format("kithd: {}\n", config.error().message)};
  }
  return Invocation{.command = std::move(*std::get_if<InvokedCommand>(&command)),
                    .config = std::move(*config)};
}

}  // namespace kith
