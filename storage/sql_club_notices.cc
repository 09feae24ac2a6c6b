#include "storage/sql_club_notices.h"

#include <sodium.h>

#include "protocol/json_writer.h"
#include "storage/sql_membership.h"

namespace kith {
namespace {

NotificationId fresh_id(WallTime now) {
  UuidGenerator generator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof(bits));
    return bits;
  });
  return NotificationId{generator.next(now)};
}

}  // namespace

DurableEvent notify_user(WriteContext& context, const Actor& actor, const UserNotice& notice) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("id", fresh_id(actor.now)).field("type", notice.type);
  json.key("payload").raw(notice.payload_json).field("created_at", actor.now).end_object();
  return append_log(context, own_channel(notice.user),
                    {.type = EventType::notification_new,
                     .at = actor.now,
                     .user = notice.user,
                     .payload = std::move(payload)});
}

}  // namespace kith
