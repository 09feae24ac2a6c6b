// What clubs tell one user, on the user's own channel.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports/chats.h"
#include "storage/sql_session.h"

namespace kith {

struct UserNotice {
  UserRef user;
  std::string_view type;  // "club.joined", ...
  std::string payload_json;
};
// notification.new in the user's own log.
DurableEvent notify_user(WriteContext& context, const Actor& actor, const UserNotice& notice);

}  // namespace kith
