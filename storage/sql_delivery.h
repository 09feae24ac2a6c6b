// From a claimed row of the outbox to what is sent: the notifications as they are now, or a fresh
// token for a mail about an account.
#pragma once

#include <optional>
#include <string>

#include "engine/ports/outbox.h"
#include "storage/sql_session.h"

namespace kith {

struct ClaimedRow {
  std::int64_t row = 0;
  DeliveryId id;
  OutgoingKind kind = OutgoingKind::notice;
  std::optional<UserKey> user;
  NotificationId first;
  NotificationId until;  // zeros: the digest has not been claimed before
  std::string email_key;
  WallTime created_at{};
  std::uint32_t attempt = 0;
};

// Neither: there is no need to send it any more.
struct MadeDelivery {
  std::optional<Delivery> delivery{};
  std::optional<WallTime> held_until{};  // by quiet hours; nothing of it is changed
};
MadeDelivery make_delivery(WriteContext& context, const ClaimRequest& request,
                           const ClaimedRow& row);

}  // namespace kith
