// Telling a user something: the one seam for whatever brings a notification about (a chat joined, a
// badge, a streak at risk, an RSVP). Called inside the transaction of that change:
//
//   out.events.push_back(notify(context, {.user = user, .type = "badge.earned",
//                                         .payload = R"({"code":"event_10"})", .at = now}));
//
// It writes the row of the history, the event notification.new on the user's own channel (to be
// published like any other), and, where the operator has configured ways out and the user wants
// it, what is to be sent (the outbox; engine/ports/outbox.h).
//
// It numbers in the user's own channel: whoever notifies several users, or besides has events in
// other channels, takes all of them up first, in order (touch_channels() in sql_membership.h).
//
// What very many users get at once (a broadcast to a large club) is no row per member: it is a
// source of its own for the list (sql_notice_sources.h), with no event and nothing sent out.
#pragma once

#include <optional>
#include <string>

#include "storage/sql_session.h"

namespace kith {

struct Notice {
  UserRef user;
  std::string type;            // of kNoticeTypes
  std::string payload = "{}";  // one JSON object, made by us
  WallTime at{};
  // Whose doing it is. Of one's own one is told by the event alone: it is not unread, nor sent out.
  std::optional<UserKey> by{};
  // What is over then is of no use later: no digest takes it along that goes no earlier (it is sent
  // by itself instead), and where quiet hours last as long, nothing is sent.
  std::optional<WallTime> ends_at{};
};

DurableEvent notify(WriteContext& context, const Notice& notice);

// The channel that a user follows without asking.
ChannelRef own_channel(const UserRef& user);

// A fresh id that sorts behind `after`, whatever the clock says.
NotificationId new_notification_id(WallTime now, const NotificationId& after = {});
DeliveryId new_delivery_id(WallTime now);

}  // namespace kith
