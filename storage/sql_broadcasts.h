// Broadcasts of clubs (engine/ports/broadcasts.h), and how far members have read in channels that
// are no chats.
#pragma once

#include "engine/ports/broadcasts.h"
#include "storage/sql_session.h"

namespace kith {

Result<ChangedBroadcast> create_broadcast(WriteContext& context, const Actor& actor,
                                          const CreateBroadcast& create);
struct BroadcastName {
  ClubId club;
  BroadcastId id;
};
Result<ChangedBroadcast> cancel_broadcast(WriteContext& context, const Actor& actor,
                                          const BroadcastName& name);
Result<BroadcastRecord> read_broadcast(SqlConnection& db, UserKey reader,
                                       const BroadcastName& name);
Result<BroadcastList> list_broadcasts(SqlConnection& db, const Actor& actor, const ClubId& club,
                                      const std::optional<std::string>& cursor,
                                      std::uint32_t limit);

bool is_broadcast_due(SqlConnection& db, WallTime now);
// One that is due is cancelled where its author organizes the club no more.
Result<SentBroadcasts> send_due_broadcasts(WriteContext& context, WallTime now);

Result<std::vector<BroadcastId>> note_deliveries(
    WriteContext& context, const std::vector<BroadcastDelivery>& deliveries);
std::vector<BroadcastProgress> read_progress(SqlConnection& db,
                                             const std::vector<BroadcastId>& broadcasts);

Result<ReadChannel> mark_channel_read(WriteContext& context, const Actor& actor,
                                      const ChannelId& channel, Seq seq);

struct ReadPosition {
  ChannelKey channel{};
  UserKey user{};
  Seq seq = 0;
  WallTime at{};
};
// Only forward.
void raise_read_position(SqlConnection& db, const ReadPosition& position);
// Those that stand behind `from`, up to `to`; the newest, where they are many.
std::vector<BroadcastId> passed_broadcasts(SqlConnection& db, ChannelKey channel, Seq from, Seq to);

// --- shared by the files of this header ---

struct StoredBroadcast {
  std::int64_t key = 0;
  ChannelKey club{};
  UserKey author{};
  std::optional<ChannelKey> event{};
  BroadcastRecord record;
};
// Sends it where it is still to be sent, and raises `stored` to how it stands then.
std::vector<DurableEvent> send_broadcast(WriteContext& context, WallTime now,
                                         StoredBroadcast& stored);
// Those whom it was for, and who still belong to that, whose position has passed it.
std::uint64_t count_seen(SqlConnection& db, const StoredBroadcast& stored);
// Of club.broadcast.
std::string broadcast_payload(const BroadcastRecord& record);

// For queries that go on with WHERE; read_stored_broadcast() reads its columns.
#define KITH_SELECT_BROADCASTS                                                                 \
  "SELECT b.id, b.club_id, b.author_id, b.audience_event_id, b.public_id, c.public_id, "       \
  "a.public_id, b.content, b.audience, b.audience_role, e.public_id, b.status, b.created_at, " \
  "b.send_at, b.sent_at, b.audience_count, b.delivered FROM club_broadcasts b "                \
  "JOIN channels c ON c.id = b.club_id JOIN channels a ON a.id = b.author_id "                 \
  "LEFT JOIN channels e ON e.id = b.audience_event_id "
StoredBroadcast read_stored_broadcast(const SqlCursor& row);

}  // namespace kith
