// Who sees an event, and with it follows its channel; and how that ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/chats.h"
#include "storage/sql_session.h"

namespace kith {

bool sees_event(SqlConnection& db, ChannelKey event, UserKey user);
// The event as a feed shows it, {"id","type":"event","event":{...},"created_at"}; nothing where the
// reader does not see it.
std::optional<std::string> event_card(SqlConnection& db, ChannelKey event, UserKey reader);
bool is_event_of_club(SqlConnection& db, ChannelKey event, ChannelKey club);
// How many an event's organizers reach with a broadcast: those who are coming or may be.
std::uint32_t count_guests(SqlConnection& db, ChannelKey event);

// Who goes from a club, or is no organizer of it any more, in this transaction.
struct ClubDeparture {
  ChannelKey club{};
  UserRef user;
  bool stays_member = false;
};
// Channels of events that the user sees by what they are in the club alone: to be numbered together
// with the club's own, and each gets an event_leave of the user.
std::vector<ChannelRef> event_channels_lost(SqlConnection& db, const ClubDeparture& departure);

}  // namespace kith
