// What a club's organizers tell many at once: one durable club.broadcast, on the club's channel (of
// audience all), on an event's (its guests), or on each one's own (who has a role). One row of the
// log stands for all who follow it; whether a member has seen it is a matter of their position.
//
// Thread, callbacks and errors as in engine/ports/clubs.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/clubs.h"
#include "protocol/event.h"
#include "protocol/ids.h"

namespace kith {

// Stored: numbers are for ever.
enum class BroadcastAudience : std::uint8_t { all = 0, guests = 1, role = 2 };
enum class BroadcastStatus : std::uint8_t { scheduled = 0, sent = 1, cancelled = 2 };
std::string_view to_string(BroadcastStatus status);

struct CreateBroadcast {
  ClubId club;
  BroadcastId id;            // proposed
  std::string content_json;  // canonical, as of messages
  BroadcastAudience audience = BroadcastAudience::all;
  ClubRole role = ClubRole::member;   // of audience role
  std::optional<EventId> event{};     // of audience guests
  std::optional<WallTime> send_at{};  // none: now
  std::optional<Idempotency> idempotency{};
};
struct BroadcastRecord {
  BroadcastId id;
  ClubId club;
  UserId author;
  std::string content_json;
  BroadcastAudience audience = BroadcastAudience::all;
  ClubRole role = ClubRole::member;
  std::optional<EventId> event{};
  BroadcastStatus status = BroadcastStatus::scheduled;
  WallTime created_at{};
  WallTime send_at{};
  std::optional<WallTime> sent_at{};
  std::uint64_t audience_count = 0;  // when it was sent
  std::uint64_t delivered = 0;       // sockets that it was written to, on all nodes
  std::uint64_t seen = 0;            // those of the audience whose read position has passed it
};
// "all", "role:organizer", "rsvp:evt_..."
std::string audience_text(const BroadcastRecord& broadcast);

struct ChangedBroadcast {
  BroadcastRecord broadcast;
  bool created = true;  // of create(); false: this Idempotency-Key's
  std::vector<DurableEvent> events;
  // Who organizes the club, where they are to be told that it was scheduled or cancelled just now.
  std::vector<UserId> organizers{};
};
struct BroadcastList {
  std::vector<BroadcastRecord> broadcasts;  // newest first, without `seen`
  std::optional<std::string> next_cursor;
};

// Sockets that a broadcast, known by where it stands, was written to.
struct BroadcastDelivery {
  ChannelId channel;
  Seq seq = 0;
  std::uint64_t sockets = 0;
};
// What the organizer is told as it changes.
struct BroadcastProgress {
  BroadcastId id;
  ClubId club;
  UserId author;
  BroadcastStatus status = BroadcastStatus::scheduled;
  std::uint64_t audience_count = 0;
  std::uint64_t delivered = 0;
  std::uint64_t seen = 0;
};
struct SentBroadcasts {
  std::vector<DurableEvent> events;
  bool more = false;  // as many as fit one transaction: there may be others
};
struct ReadChannel {
  Seq last_read_seq = 0;  // as it stands now
  bool moved = false;
  // Broadcasts that were passed by this: their numbers have changed.
  std::vector<BroadcastId> passed;
};

// Of a role's audience: each gets a row of the log.
inline constexpr std::uint32_t kRoleAudienceMax = 1000;

class Broadcasts {
 public:
  virtual ~Broadcasts() = default;

  // forbidden: below organizer. not_found (field audience): no such event of the club. too_large
  // (field audience): more than kRoleAudienceMax have the role.
  virtual void create(Actor actor, CreateBroadcast create, Callback<ChangedBroadcast> done) = 0;
  virtual void get(Actor actor, ClubId club, BroadcastId broadcast,
                   Callback<BroadcastRecord> done) = 0;
  // bad_request (field cursor).
  virtual void list(Actor actor, ClubId club, std::optional<std::string> cursor,
                    std::uint32_t limit, Callback<BroadcastList> done) = 0;
  // conflict: it was sent. Again: as it stands.
  virtual void cancel(Actor actor, ClubId club, BroadcastId broadcast,
                      Callback<ChangedBroadcast> done) = 0;

  // Sends what is due: each once, however many nodes ask and whatever becomes of them.
  virtual void send_due(WallTime now, Callback<SentBroadcasts> done) = 0;
  // Adds to `delivered`; answers what changed.
  virtual void note_delivered(std::vector<BroadcastDelivery> deliveries,
                              Callback<std::vector<BroadcastId>> done) = 0;
  // Looks at the position of each who has read: of 100,000 readers that takes a tenth of a second.
  virtual void progress(std::vector<BroadcastId> broadcasts,
                        Callback<std::vector<BroadcastProgress>> done) = 0;

  // Moves the reader's position in a club's or an event's channel; only forward. bad_request (field
  // seq): ahead of the channel. not_found: not theirs to read.
  virtual void mark_read(Actor actor, ChannelId channel, Seq seq, Callback<ReadChannel> done) = 0;
};

}  // namespace kith
