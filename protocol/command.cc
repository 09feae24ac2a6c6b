#include "protocol/command.h"

#include <array>

namespace kith {
namespace {

using command::ModerationAction;

constexpr std::array<std::pair<ModerationAction, std::string_view>, 6> kModerationActions = {{
    {ModerationAction::hide, "hide"},
    {ModerationAction::restore, "restore"},
    {ModerationAction::mute, "mute"},
    {ModerationAction::unmute, "unmute"},
    {ModerationAction::ban, "ban"},
    {ModerationAction::unban, "unban"},
}};

struct Name {
  std::string_view operator()(const command::ConnectionInit&) { return "connection.init"; }
  std::string_view operator()(const command::ConnectionRefresh&) { return "connection.refresh"; }
  std::string_view operator()(const command::Subscribe&) { return "subscribe"; }
  std::string_view operator()(const command::Unsubscribe&) { return "unsubscribe"; }
  std::string_view operator()(const command::MessageNew&) { return "message.new"; }
  std::string_view operator()(const command::MessageUpdate&) { return "message.update"; }
  std::string_view operator()(const command::MessageDelete&) { return "message.delete"; }
  std::string_view operator()(const command::Reaction& reaction) {
    return reaction.add ? "reaction.add" : "reaction.remove";
  }
  std::string_view operator()(const command::Moderation&) { return "moderation"; }
  std::string_view operator()(const command::Typing& typing) {
    return typing.start ? "typing.start" : "typing.stop";
  }
  std::string_view operator()(const command::DeliveryRead&) { return "delivery.read"; }
  std::string_view operator()(const command::History&) { return "history"; }
  std::string_view operator()(const command::Presence&) { return "presence"; }
  std::string_view operator()(const command::Leaderboard&) { return "leaderboard"; }
  std::string_view operator()(const command::Ping&) { return "ping"; }
  std::string_view operator()(const command::Console&) { return "console"; }
};

}  // namespace

std::string_view to_string(ModerationAction action) {
  for (const auto& [known, name] : kModerationActions) {
    if (known == action) return name;
  }
  KITH_ASSERT(false);
  return "";
}

std::optional<ModerationAction> parse_moderation_action(std::string_view text) {
  for (const auto& [action, name] : kModerationActions) {
    if (name == text) return action;
  }
  return std::nullopt;
}

std::string_view command_name(const Command& command) {
  return std::visit(Name{}, command);
}

}  // namespace kith
