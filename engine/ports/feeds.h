// One's day: what there is in the clubs that one is in, what the people there do, and what might be
// of interest. Nothing is written per reader: every page is looked up, so that a post in a club of
// a hundred thousand is one row.
//
// Items, newest first, each a JSON object {"id", "type", "created_at", ...}:
//   post, media     of one's clubs: "club", "post"
//   event           published by one of one's clubs: "club", "event"
//   rsvp            of somebody whom one shares a club with, who comes to an event of that club:
//                   "club", "actor", "event"
//   recommendation  a public event in one's city, of the last 30 days: "event", "reason"
// Nothing of whom a block lies between, nothing of oneself but one's posts, and no event that one
// does not see.
//
// Paging: an item keeps its place, so what comes in meanwhile stands before the first page and
// moves nothing. A page may have fewer items than asked for, where one's right to some has gone.
//
// Thread, callbacks and `unavailable` as in event_log.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"

namespace kith {

inline constexpr std::uint32_t kFeedItemsMax = 50;  // of a page

struct HomeFeedQuery {
  std::optional<std::string> cursor;
  std::uint32_t limit = 20;
};
struct HomeFeed {
  std::vector<std::string> items;  // JSON, as they are shown
  std::optional<std::string> next_cursor;
};

// Whether the prompt of the user's day has been told.
struct PromptTold {
  std::vector<DurableEvent> events;  // icebreaker.prompt on the user's own channel, if it was now
  WallTime next{};                   // when their next day begins
};

class Feeds {
 public:
  virtual ~Feeds() = default;

  // bad_request (field cursor): not one of ours.
  virtual void home(Actor reader, HomeFeedQuery query, Callback<HomeFeed> done) = 0;
  // The reader's day in their time zone, as its midnight in UTC: what icebreaker_of() takes.
  virtual void today(Actor reader, Callback<WallTime> done) = 0;
  // Tells the prompt of the day, once per day of the user's time zone, whoever asks how often.
  virtual void prompt(Actor user, Callback<PromptTold> done) = 0;
};

}  // namespace kith
