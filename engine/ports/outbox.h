// What is to be sent out of the server: rows that were written in the transaction of what they
// tell, and stay until whoever sends them has said what became of it. So each is sent at least
// once, by one node at a time, with an id that never changes.
//
// Thread and callbacks as in event_log.h; "shard" is whoever owns the queue. Errors: unavailable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "engine/ports/notifications.h"
#include "protocol/ids.h"

namespace kith {

// Stored: numbers are for ever.
// content_filter: every message, from the log, once it is committed; no row is written for it
// before.
enum class OutgoingChannel : std::uint8_t { web_hook = 1, email = 2, content_filter = 3 };
std::string_view to_string(OutgoingChannel channel);  // "webhook", "email", "filter"
enum class OutgoingKind : std::uint8_t {
  notice = 1,
  digest = 2,
  verify_email = 3,
  reset_password = 4,
  content_check = 5
};

std::string_view to_string(OutgoingKind kind);  // "notice", ...

// Which channels the operator has configured: nothing is written for the others.
struct OutgoingRules {
  bool web_hook = false;
  bool email = false;
  // From a notification to its being sent, so that a user who is just reconnecting gets it there.
  std::chrono::milliseconds delay{10'000};
};

// A message that is to be judged, as it is now.
struct CheckedMessage {
  ChatId chat;
  MessageId message;
  UserId sender;
  bool edited = false;  // it is an edit that is to be judged
  std::string content;  // canonical JSON
};

struct Delivery {
  std::int64_t row = 0;
  std::uint32_t attempt = 0;  // 1, 2, ...: this one's number
  DeliveryId id;              // the same in each attempt
  OutgoingKind kind = OutgoingKind::notice;
  UserId user;
  std::string display_name;
  std::string email;
  std::vector<NotificationRecord> notices{};  // oldest first; of notices and digests
  std::uint32_t more = 0;                     // of a digest: how many others there are
  std::string token{};                        // of verify_email and reset_password: fresh each time
  WallTime created_at{};
  std::optional<CheckedMessage> checked{};  // of content_check
};

struct ClaimRequest {
  OutgoingChannel channel = OutgoingChannel::web_hook;
  WallTime now{};
  WallTime lease_until{};  // nobody else gets it before
  std::uint32_t limit = 1;
};
struct ClaimedDeliveries {
  std::vector<Delivery> deliveries;
  // Read meanwhile, not wanted any more, over, or the account is gone: nothing to be sent.
  std::uint32_t moot = 0;
  std::uint32_t held = 0;  // their users' quiet hours have begun: due again when those end
};

enum class OutgoingOutcome : std::uint8_t { sent, dropped, retry, dead };
struct Settlement {
  std::int64_t row = 0;
  std::uint32_t attempt = 0;  // a claim that has run out settles nothing
  OutgoingOutcome outcome = OutgoingOutcome::sent;
  WallTime at{};         // when it is to be tried again; of `dead`: now
  std::string reason{};  // for people
  OutgoingChannel channel = OutgoingChannel::web_hook;  // email's rows are counted with web_hook's
  std::optional<std::string> hide{};  // of a content_check that was sent: hide it, for this reason
};

struct SeenNotice {
  UserId user;
  NotificationId id;
};

struct OutboxLook {
  std::optional<WallTime> next_due{};  // of the channel
  std::uint32_t waiting = 0;           // of the channel; at most kOutboxCountMax
  std::uint32_t dead = 0;              // likewise
};
inline constexpr std::uint32_t kOutboxCountMax = 10'000;

// What was given up. Kept for 30 days, or until it is to be tried again.
struct DeadLetter {
  DeliveryId id;
  OutgoingChannel channel = OutgoingChannel::web_hook;
  OutgoingKind kind = OutgoingKind::notice;
  std::optional<UserId> user{};  // nothing: a mail to an address
  std::uint32_t attempts = 0;
  WallTime created_at{};
  WallTime dead_at{};
  std::string reason{};  // of the last attempt
};
struct RetriedLetters {
  std::uint32_t count = 0;  // at most kOutboxCountMax
  bool more = false;        // ask again
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  // A look costs no commit: to be asked before a claim is.
  virtual void look(OutgoingChannel channel, Callback<OutboxLook> done) = 0;
  // What is due, longest first, each given to one who asks, until the lease ends.
  virtual void claim(ClaimRequest request, Callback<ClaimedDeliveries> done) = 0;
  virtual void settle(std::vector<Settlement> settlements, Callback<Nothing> done) = 0;
  // The users have been given these on a socket: they need not be sent any more.
  virtual void seen(std::vector<SeenNotice> notices, Callback<Nothing> done) = 0;

  // Of one channel (email or web_hook) or both, the newest first.
  virtual void dead_letters(std::optional<OutgoingChannel> channel, std::uint32_t limit,
                            Callback<std::vector<DeadLetter>> done) = 0;
  // Has them tried again from now on, all attempts but one anew. Audited as the actor's.
  virtual void retry_dead(Actor by, std::optional<OutgoingChannel> channel,
                          Callback<RetriedLetters> done) = 0;
};

}  // namespace kith
