#include "storage/sql_home_feed.h"

#include <algorithm>

#include "engine/icebreakers.h"
#include "protocol/json_writer.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_cursor.h"
#include "storage/sql_club_posts.h"
#include "storage/sql_event_access.h"
#include "storage/sql_home_sources.h"
#include "storage/sql_notices.h"
#include "storage/time_zones.h"

namespace kith {
namespace {

// Above every place that there is; the sources' keys are computed with it.
constexpr FeedPlace kTop{.at = INT64_MAX, .order = INT64_MAX - 16};

std::optional<FeedPlace> place_in_feed(SqlConnection& db, UserKey reader, std::string_view cursor) {
  const auto place = parse_chat_cursor(db, reader, cursor);
  if (!place) return std::nullopt;
  return FeedPlace{.at = static_cast<std::int64_t>(place->activity),
                   .order = static_cast<std::int64_t>(place->chat)};
}

void write_event_item(JsonWriter& json, const FeedCandidate& item, const ShownEvent& event) {
  if (item.rsvp) {
    json.field("id", *item.rsvp);
  } else {
    json.field("id", event.id);
  }
  json.field("type", item.type);
  json.field("created_at", WallTime{std::chrono::milliseconds{item.place.at}});
  if (item.actor) {
    json.key("actor").begin_object().field("id", item.actor->id);
    json.field("display_name", item.actor->display_name).end_object();
  }
  if (item.type == "recommendation") json.field("reason", "In your city");
  json.key("event").raw(event.json);
}

// Nothing: the reader does not see it any more.
std::optional<std::string> feed_item_json(SqlConnection& db, const Actor& reader,
                                          const FeedCandidate& item) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (item.event) {
    const auto event = shown_event(db, *item.event, reader);
    if (!event) return std::nullopt;
    write_event_item(json, item, *event);
  } else {
    json.field("id", *item.post).field("type", item.type);
    json.field("created_at", WallTime{std::chrono::milliseconds{item.place.at}});
    json.key("post").raw(item.post_json);
  }
  if (item.club) {
    json.key("club").begin_object().field("id", item.club->id);
    json.field("name", item.club->name).end_object();
  }
  json.end_object();
  return out;
}

struct PromptDay {
  std::int64_t today = 0;  // days since 1970, in the user's zone
  std::int64_t told = 0;
  WallTime next{};
};

std::optional<PromptDay> prompt_day(SqlConnection& db, const Actor& user) {
  auto row = db.query("SELECT time_zone, prompted_day FROM users WHERE id = $1", user.key);
  if (!row.next()) return std::nullopt;
  TimeZonePtr zone = find_users_zone(row.text(0));
  if (!zone) zone = utc();  // it was one when it was set
  const auto day = zone->day(user.now);
  return PromptDay{.today = day.time_since_epoch().count(),
                   .told = row.integer(1),
                   .next = zone->start_of(day + std::chrono::days{1})};
}

WallTime midnight_of(const PromptDay& day) {
  return WallTime{std::chrono::sys_days{std::chrono::days{day.today}}};
}

Error no_reader() {
  return fail(ErrorCode::not_found, "no such user");
}

}  // namespace

Result<HomeFeed> read_home_feed(SqlConnection& db, const Actor& reader,
                                const HomeFeedQuery& query) {
  FeedPlace before = kTop;
  if (query.cursor) {
    const auto place = place_in_feed(db, reader.key, *query.cursor);
    if (!place) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    before = *place;
  }
  const std::size_t limit = std::clamp(query.limit, 1u, kFeedItemsMax);
  NewestCandidates newest(limit + 1);
  const FeedReader feed_reader{.key = reader.key, .now = reader.now, .before = before};
  add_of_clubs(db, feed_reader, newest);
  add_of_people(db, feed_reader, newest);
  add_recommended(db, feed_reader, newest);
  std::vector<FeedCandidate> candidates = newest.take();
  HomeFeed out;
  if (candidates.size() > limit) {
    candidates.resize(limit);
    const FeedPlace& last = candidates.back().place;
    out.next_cursor = make_chat_cursor(
        db, reader.key,
        {.activity = static_cast<Position>(last.at), .chat = ChannelKey{last.order}});
  }
  for (const FeedCandidate& candidate : candidates) {
    if (auto item = feed_item_json(db, reader, candidate)) out.items.push_back(*std::move(item));
  }
  return out;
}

DurableEvent show_in_feed(WriteContext& context, const Actor& actor, const EventRow& event) {
  const ChannelRef club{.key = *event.club, .id = *event.record.club};
  append_feed(context.db, club.key,
              {.type = FeedItem::Type::event,
               .source = static_cast<std::int64_t>(event.channel.key),
               .at = actor.now});
  FeedCandidate item{.place = {.at = actor.now.time_since_epoch().count(), .order = 0},
                     .type = "event",
                     .event = event.channel.key,
                     .club = FeedClub{.id = *event.record.club, .name = {}}};
  {
    auto row = context.db.query("SELECT name FROM clubs WHERE id = $1", club.key);
    if (row.next()) item.club->name = row.text(0);
  }
  const auto shown = feed_item_json(context.db, actor, item);
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("item").raw(shown.value_or("null")).end_object();
  return append_log(context, club,
                    {.type = EventType::feed_item, .at = actor.now, .payload = std::move(payload)});
}

Result<WallTime> read_today(SqlConnection& db, const Actor& reader) {
  const auto day = prompt_day(db, reader);
  if (!day) return no_reader();
  return midnight_of(*day);
}

Result<PromptTold> tell_prompt(WriteContext& context, const Actor& user) {
  context.hold(user.user);
  const auto day = prompt_day(context.db, user);
  if (!day) return no_reader();
  PromptTold out{.events = {}, .next = day->next};
  const std::int64_t changed =
      context.db.execute("UPDATE users SET prompted_day = $1 WHERE id = $2 AND prompted_day < $1",
                         day->today, user.key);
  if (changed == 0) return out;
  const Icebreaker prompt = icebreaker_of(midnight_of(*day));
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("prompt_id", prompt.id).field("prompt", prompt.text).end_object();
  const UserRef whose = reference(user);
  out.events.push_back(append_log(context, own_channel(whose),
                                  {.type = EventType::icebreaker_prompt,
                                   .at = user.now,
                                   .user = whose,
                                   .payload = std::move(payload)}));
  return out;
}

}  // namespace kith
