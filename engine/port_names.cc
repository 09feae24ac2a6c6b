// The names on the wire of what the ports' enums say.
#include <array>

#include "engine/ports/accounts.h"
#include "engine/ports/chats.h"

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
  }
  return "user";
}

std::optional<SystemRole> parse_system_role(std::string_view text) {
  constexpr std::array kRoles{SystemRole::user, SystemRole::moderator, SystemRole::organizer,
                              SystemRole::admin};
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

}  // namespace kith
