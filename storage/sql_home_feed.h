// One's feed, and the prompt of one's day (engine/ports/feeds.h).
#pragma once

#include "engine/ports/feeds.h"
#include "storage/sql_event_access.h"
#include "storage/sql_session.h"

namespace kith {

Result<HomeFeed> read_home_feed(SqlConnection& db, const Actor& reader, const HomeFeedQuery& query);

Result<WallTime> read_today(SqlConnection& db, const Actor& reader);
Result<PromptTold> tell_prompt(WriteContext& context, const Actor& user);

// An event that its club publishes: its card in the club's feed and, as feed.item, on the club's
// channel. The club's channel is taken up behind the event's, which is the younger one.
DurableEvent show_in_feed(WriteContext& context, const Actor& actor, const EventRow& event);

}  // namespace kith
