// The names on the wire of what engine/ports/clubs.h and broadcasts.h say.
#include <array>

#include "engine/ports/broadcasts.h"

namespace kith {
namespace {

template <typename Enum>
struct Named {
  Enum value;
  std::string_view name;
};
template <typename Enum>
Named(Enum, const char*) -> Named<Enum>;  // clang 16 deduces none for aggregates

constexpr std::array kRoles{
    Named{ClubRole::member, "member"}, Named{ClubRole::moderator, "moderator"},
    Named{ClubRole::organizer, "organizer"}, Named{ClubRole::owner, "owner"}};
constexpr std::array kStatuses{Named{ClubStatus::approved, "approved"},
                               Named{ClubStatus::gone, "none"}, Named{ClubStatus::banned, "banned"},
                               Named{ClubStatus::pending, "pending"}};
constexpr std::array kPrivacies{Named{ClubPrivacy::open, "public"},
                                Named{ClubPrivacy::closed, "private"}};
using Action = ChangeMember::Action;
constexpr std::array kActions{Named{Action::approve, "approve"}, Named{Action::reject, "reject"},
                              Named{Action::ban, "ban"},         Named{Action::unban, "unban"},
                              Named{Action::remove, "remove"},   Named{Action::role, "role"}};

constexpr std::array kBroadcastStatuses{Named{BroadcastStatus::scheduled, "scheduled"},
                                        Named{BroadcastStatus::sent, "sent"},
                                        Named{BroadcastStatus::cancelled, "cancelled"}};

template <typename Names, typename Enum>
std::string_view name_of(const Names& names, Enum value) {
  for (const auto& named : names) {
    if (named.value == value) return named.name;
  }
  return "";
}

template <typename Enum, std::size_t kCount>
std::optional<Enum> parse(const std::array<Named<Enum>, kCount>& names, std::string_view text) {
  for (const auto& named : names) {
    if (named.name == text) return named.value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ClubRole role) {
  return name_of(kRoles, role);
}
std::optional<ClubRole> parse_club_role(std::string_view text) {
  return parse(kRoles, text);
}
std::string_view to_string(ClubStatus status) {
  return name_of(kStatuses, status);
}
std::string_view to_string(ClubPrivacy privacy) {
  return name_of(kPrivacies, privacy);
}
std::optional<ClubPrivacy> parse_club_privacy(std::string_view text) {
  return parse(kPrivacies, text);
}
std::string_view to_string(BroadcastStatus status) {
  return name_of(kBroadcastStatuses, status);
}
std::string audience_text(const BroadcastRecord& broadcast) {
  switch (broadcast.audience) {
    case BroadcastAudience::all:
      break;
    case BroadcastAudience::guests:
      return "rsvp:" + (broadcast.event ? broadcast.event->text() : std::string());
    case BroadcastAudience::role:
      return "role:" + std::string(to_string(broadcast.role));
  }
  return "all";
}
std::optional<ChangeMember::Action> parse_member_action(std::string_view text) {
  return parse(kActions, text);
}

}  // namespace kith
