// No store holds events yet: nobody sees one, and nobody can lose one.
#include "storage/sql_event_access.h"

namespace kith {

bool sees_event(SqlConnection&, ChannelKey, UserKey) {
  return false;
}

std::optional<std::string> event_card(SqlConnection&, ChannelKey, UserKey) {
  return std::nullopt;
}

bool is_event_of_club(SqlConnection&, ChannelKey, ChannelKey) {
  return false;
}

std::uint32_t count_guests(SqlConnection&, ChannelKey) {
  return 0;
}

std::vector<ChannelRef> event_channels_lost(SqlConnection&, const ClubDeparture&) {
  return {};
}

}  // namespace kith
