// The names on the wire of what the ports' enums say.
#include <array>

#include "engine/ports/accounts.h"
#include "engine/ports/boards.h"
#include "engine/ports/chats.h"
#include "engine/ports/outbox.h"

namespace kith {

std::string_view to_string(SystemRole role) {
  switch (role) {
    case SystemRole::user:
      return "user";
    case SystemRole::moderator:
      return "moderator";
    case SystemRole::organizer:
      return "organizer";
    case SystemRole::admin:
      return "admin";
    case SystemRole::premium_plus:
      return "premium_plus";
  }
  return "user";
}

std::optional<SystemRole> parse_system_role(std::string_view text) {
  constexpr std::array kRoles{SystemRole::user, SystemRole::moderator, SystemRole::organizer,
                              SystemRole::admin, SystemRole::premium_plus};
  for (const SystemRole role : kRoles) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

std::string_view to_string(ChatType type) {
  switch (type) {
    case ChatType::direct:
      return "direct";
    case ChatType::group:
      return "group";
    case ChatType::event:
      return "event";
    case ChatType::club:
      return "club";
  }
  return "group";
}

std::string_view to_string(BoardPeriod period) {
  switch (period) {
    case BoardPeriod::day:
      return "day";
    case BoardPeriod::week:
      return "week";
    case BoardPeriod::month:
      return "month";
    case BoardPeriod::season:
      return "season";
    case BoardPeriod::all_time:
      return "all_time";
  }
  return "all_time";
}

std::optional<BoardPeriod> parse_board_period(std::string_view text) {
  constexpr std::array kPeriods{BoardPeriod::day, BoardPeriod::week, BoardPeriod::month,
                                BoardPeriod::season, BoardPeriod::all_time};
  for (const BoardPeriod period : kPeriods) {
    if (text == to_string(period)) return period;
  }
  return std::nullopt;
}

std::string_view to_string(OutgoingChannel channel) {
  switch (channel) {
    case OutgoingChannel::web_hook:
      return "webhook";
    case OutgoingChannel::email:
      return "email";
    case OutgoingChannel::content_filter:
      return "filter";
  }
  return "webhook";
}

std::string_view to_string(OutgoingKind kind) {
  switch (kind) {
    case OutgoingKind::notice:
      return "notice";
    case OutgoingKind::digest:
      return "digest";
    case OutgoingKind::verify_email:
      return "verify_email";
    case OutgoingKind::reset_password:
      return "reset_password";
    case OutgoingKind::content_check:
      return "content_check";
  }
  return "notice";
}

}  // namespace kith
