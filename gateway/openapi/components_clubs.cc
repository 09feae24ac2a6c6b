// Clubs, their feeds and broadcasts, and events, as answers have them.
#include "gateway/openapi/operation.h"

namespace kith::api {
namespace {

std::vector<Member> club_members() {
  return {{"id", id(IdKind::club)},
          {"slug", text()},
          {"name", text()},
          {"description", text()},
          {"city", text()},
          {"tags", list(text())},
          {"privacy_level", one_of({"public", "private"})},
          {"owner_id", id(IdKind::user)},
          {"chat_id", id(IdKind::chat)},
          {"member_count", integer()},
          {"version", integer()},
          {"created_at", time()},
          {"updated_at", time()}};
}

Schema club_schema() {
  auto members = club_members();
  members.push_back(
      {"membership",
       object({{"status", one_of({"approved", "none", "banned", "pending"})},
               {"role", or_null(one_of({"member", "moderator", "organizer", "owner"}))}})});
  return object(std::move(members));
}

Schema broadcast_schema() {
  return object({{"id", id(IdKind::broadcast)},
                 {"club_id", id(IdKind::club)},
                 {"author_id", id(IdKind::user)},
                 {"content", ref("ShownContent")},
                 {"audience", text()},
                 {"status", text()},
                 {"created_at", time()},
                 {"send_at", time()},
                 {"sent_at", or_null(time())},
                 {"audience_count", integer()},
                 {"delivered", integer()},
                 {"seen?", integer()}});
}

Schema rsvp_schema() {
  const Schema sync = one_of({"synced", "pending", "off"});
  return object({{"rsvp_id", id(IdKind::rsvp)},
                 {"status", one_of({"confirmed", "maybe", "declined", "waitlisted"})},
                 {"guest_count", integer()},
                 {"calendar_sync", object({{"google", sync}, {"apple", sync}})}});
}

Schema attendee_schema() {
  return object(
      {{"user_id", id(IdKind::user)}, {"display_name", text()}, {"avatar_url", or_null(text())}});
}

Schema event_schema() {
  return object(
      {{"id", id(IdKind::event)},
       {"title", text()},
       {"description", text()},
       {"start_time", time()},
       {"end_time", time()},
       {"location",
        or_null(object({{"name", text()}, {"latitude?", number()}, {"longitude?", number()}}))},
       {"capacity", or_null(integer())},
       {"attendees", object({{"count", integer()}, {"preview?", list(ref("Attendee"))}})},
       {"media", list(object({{"id", text()}, {"type", text()}, {"url", text()}}))},
       {"ticketing", object({{"type", one_of({"free", "paid"})},
                             {"price_cents?", integer()},
                             {"currency?", text()},
                             {"status", one_of({"open", "sold_out", "closed"})}})},
       {"status", one_of({"draft", "published", "cancelled"})},
       {"visibility", one_of({"public", "unlisted", "club"})},
       {"premium_only", boolean()},
       {"city", text()},
       {"tags", list(text())},
       {"club_id", or_null(id(IdKind::club))},
       {"chat_id", id(IdKind::chat)},
       {"created_by", id(IdKind::user)},
       {"waitlist_count", integer()},
       {"version", integer()},
       {"created_at", time()},
       {"updated_at", time()},
       {"my_rsvp?", or_null(ref("Rsvp"))},
       {"organizes?", boolean()}});
}

Schema post_schema() {
  return object({{"id", id(IdKind::post)},
                 {"type", one_of({"post", "media"})},
                 {"author", object({{"id", id(IdKind::user)}, {"display_name", text()}})},
                 {"content", text()},
                 {"media", list(text())},
                 {"event_id?", id(IdKind::event)},
                 {"created_at", time()}});
}

Schema event_card_schema() {
  return object({{"id", id(IdKind::event)},
                 {"type", one_of({"event"})},
                 {"event", ref("Event")},
                 {"created_at", time()}});
}

// An item of one's own feed: what it is of is named by its type.
Schema feed_item_schema() {
  return object({{"id", text()},
                 {"type", one_of({"post", "media", "event", "rsvp", "recommendation"})},
                 {"created_at", time()},
                 {"club?", object({{"id", id(IdKind::club)}, {"name", text()}})},
                 {"post?", ref("Post")},
                 {"event?", ref("Event")},
                 {"actor?", object({{"id", id(IdKind::user)}, {"display_name", text()}})},
                 {"reason?", text()}});
}

}  // namespace

std::vector<Component> club_components() {
  return {{"Club", club_schema()},
          {"ChangedClub", object(club_members())},
          {"Post", post_schema()},
          {"EventCard", event_card_schema()},
          {"ClubFeedItem", either({ref("Post"), ref("EventCard")})},
          {"FeedItem", feed_item_schema()},
          {"Broadcast", broadcast_schema()},
          {"Attendee", attendee_schema()},
          {"Rsvp", rsvp_schema()},
          {"Event", event_schema()}};
}

}  // namespace kith::api
