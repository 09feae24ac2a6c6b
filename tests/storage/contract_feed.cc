// One's feed, put together from what others did, and the prompt of one's day.
#include "engine/ports/feeds.h"

#include <algorithm>

#include "engine/icebreakers.h"
#include "engine/ports/profiles.h"
#include "tests/storage/club_store.h"
#include "tests/storage/event_town.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// "post" of {"id":"post_...","type":"post",...}.
std::string member_of(const std::string& json, const std::string& name) {
  const std::string key = '"' + name + "\":\"";
  const auto at = json.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

class Neighbours {
 public:
  explicit Neighbours(const std::string& url) : town(url) {
    ada = town.store.add_user("ada");
    bob = town.store.add_user("bob");
    cleo = town.store.add_user("cleo");
    club = add_club(town.store, ada);
    REQUIRE(join(town.store, bob, club).ok());
  }

  EventTown town;
  UserRecord ada, bob, cleo;
  TestClub club;

  PostId post(const UserRecord& by, const TestClub& in, std::string content,
              std::vector<std::string> media = {}) {
    CreatePost post{.club = in.id, .id = PostId{town.store.new_chat_id().uuid}};
    post.content = std::move(content);
    post.media_ids = std::move(media);
    const auto made = town.store->await<CreatedPost>([&](auto done) {
      clubs_of(town.store).post(town.store.actor(by), std::move(post), std::move(done));
    });
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    return made->id;
  }
  Result<HomeFeed> read(const UserRecord& who, HomeFeedQuery query = {}) {
    return town.store->await<HomeFeed>([&](auto done) {
      town.store.shard().feeds().home(town.store.actor(who), std::move(query), std::move(done));
    });
  }
  // "post media event", of the whole feed.
  std::string types(const UserRecord& who) {
    const auto feed = read(who, {.cursor = {}, .limit = 50});
    REQUIRE_MESSAGE(feed.ok(), feed.error().message);
    std::string out;
    for (const std::string& item : feed->items) {
      out += (out.empty() ? "" : " ") + member_of(item, "type");
    }
    return out;
  }
  EventId publish(const UserRecord& who, std::optional<ClubId> of, std::string title) {
    CreateEvent create{.fields = town.fields()};
    create.fields.title = std::move(title);
    create.club = of;
    const auto made = town.create(who, create);
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    const auto done = town.update(who, {.id = made->event.id, .status = EventStatus::published});
    REQUIRE_MESSAGE(done.ok(), done.error().message);
    published = done->events;
    return made->event.id;
  }
  void block(const UserRecord& who, const UserRecord& whom) {
    const auto done = town.store->await<Committed>([&](auto callback) {
      town.store.shard().profiles().block(town.store.actor(who), whom.id, std::move(callback));
    });
    REQUIRE(done.ok());
  }

  std::vector<DurableEvent> published;
};

TEST_CASE_TEMPLATE("the feed is what one's clubs and their people do, newest first", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  CHECK(all.types(all.bob).empty());
  all.post(all.ada, all.club, "Weekly plan");
  all.post(all.bob, all.club, "", {"med_1"});
  const EventId hike = all.publish(all.ada, all.club.id, "Sunset Hike");
  REQUIRE(all.town.go(all.ada, hike).ok());
  REQUIRE(all.town.go(all.cleo, hike).ok());  // who is in no club with Bob is none of his people
  const EventId concert = all.publish(all.cleo, std::nullopt, "Concert");
  CHECK(all.types(all.bob) == "recommendation rsvp event media post");
  CHECK(all.types(all.ada) == "recommendation event media post");
  CHECK(all.types(all.cleo) == "recommendation");  // of the club's event, which is public

  const auto feed = all.read(all.bob);
  REQUIRE(feed.ok());
  CHECK(member_of(feed->items[0], "id") == concert.text());
  CHECK(member_of(feed->items[0], "reason") == "In your city");
  CHECK(member_of(feed->items[1], "display_name") == "ada");
  CHECK(feed->items[1].find(hike.text()) != std::string::npos);
  CHECK(member_of(feed->items[2], "id") == hike.text());
  CHECK(feed->items[3].find(all.club.id.text()) != std::string::npos);
  CHECK(feed->items[4].find("Weekly plan") != std::string::npos);
  CHECK_FALSE(feed->next_cursor.has_value());
}

TEST_CASE_TEMPLATE("what is published goes to the club's channel as the feed's item", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  const EventId hike = all.publish(all.ada, all.club.id, "Sunset Hike");
  const auto told = std::ranges::find(all.published, EventType::feed_item, &DurableEvent::type);
  REQUIRE(told != all.published.end());
  CHECK(told->channel == ChannelId(all.club.id));
  const auto feed = all.read(all.bob);
  REQUIRE(feed.ok());
  REQUIRE(feed->items.size() == 1);
  CHECK(told->payload == R"({"item":)" + feed->items[0] + "}");
  CHECK(all.town.store.log_of(all.club.id).back().type == EventType::feed_item);
  CHECK(member_of(feed->items[0], "id") == hike.text());
}

TEST_CASE_TEMPLATE("an unlisted event of a public club stands in its members' feeds alone", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  CreateEvent create{.fields = all.town.fields()};
  create.club = all.club.id;
  create.visibility = EventVisibility::link;
  const auto made = all.town.create(all.ada, create);
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  const EventId id = made->event.id;
  REQUIRE(all.town.update(all.ada, {.id = id, .status = EventStatus::published}).ok());
  const auto items = [&](const UserRecord& who) {
    const auto page = all.town.store->await<FeedPage>([&](auto done) {
      clubs_of(all.town.store)
          .feed(all.town.store.actor(who), all.club.id, std::nullopt, 50, std::move(done));
    });
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    return page->items;
  };
  CHECK(items(all.bob).size() == 1);
  CHECK(items(all.cleo).empty());
  CHECK(all.types(all.bob) == "event");
  CHECK(all.types(all.cleo).empty());
  // What is over is sold no more, though nobody has changed it since.
  CHECK(items(all.bob)[0].json.find(R"("status":"open")") != std::string::npos);
  all.town.store.advance(24h * 4);
  CHECK(items(all.bob)[0].json.find(R"("status":"closed")") != std::string::npos);
}

TEST_CASE_TEMPLATE("a feed is read page by page, whatever comes in meanwhile", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  const TestClub second = add_club(all.town.store, all.cleo);
  REQUIRE(join(all.town.store, all.bob, second).ok());
  std::vector<std::string> expected;
  for (int i = 0; i < 12; ++i) {
    const bool first = i % 3 != 0;
    expected.push_back(
        all.post(first ? all.ada : all.cleo, first ? all.club : second, "p" + std::to_string(i))
            .text());
  }
  std::ranges::reverse(expected);
  std::vector<std::string> seen;
  HomeFeedQuery query{.cursor = {}, .limit = 5};
  do {
    const auto page = all.read(all.bob, query);
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    CHECK(page->items.size() <= 5);
    for (const std::string& item : page->items) seen.push_back(member_of(item, "id"));
    query.cursor = page->next_cursor;
    all.post(all.ada, all.club, "meanwhile");
  } while (query.cursor);
  CHECK(seen == expected);
}

TEST_CASE_TEMPLATE("nothing of whom a block lies between, or of a club that was left", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  const TestClub second = add_club(all.town.store, all.cleo);
  REQUIRE(join(all.town.store, all.bob, second).ok());
  all.post(all.ada, all.club, "of Ada");
  all.post(all.bob, all.club, "of Bob");
  all.post(all.cleo, second, "of Cleo");
  const EventId hike = all.publish(all.ada, all.club.id, "Sunset Hike");
  REQUIRE(all.town.go(all.ada, hike).ok());
  all.publish(all.cleo, std::nullopt, "Concert");
  CHECK(all.types(all.bob) == "recommendation rsvp event post post post");
  all.block(all.cleo, all.bob);  // whoever of the two it was
  CHECK(all.types(all.bob) == "rsvp event post post");
  all.block(all.bob, all.ada);
  CHECK(all.types(all.bob) == "event post");  // the event is the club's
  REQUIRE(leave(all.town.store, all.bob, all.club).ok());
  CHECK(all.types(all.bob).empty());
}

TEST_CASE_TEMPLATE("a cursor of somebody else's, or none of ours, is refused", Adapter,
                   CLUB_STORES) {
  Neighbours all(Adapter::kUrl);
  all.post(all.ada, all.club, "one");
  all.post(all.ada, all.club, "two");
  const auto page = all.read(all.bob, {.cursor = {}, .limit = 1});
  REQUIRE(page.ok());
  REQUIRE(page->next_cursor.has_value());
  CHECK(outcome(all.read(all.ada, {.cursor = page->next_cursor, .limit = 1})) == "bad_request");
  CHECK(outcome(all.read(all.bob, {.cursor = "forged", .limit = 1})) == "bad_request");
  const auto next = all.read(all.bob, {.cursor = page->next_cursor, .limit = 1});
  REQUIRE(next.ok());
  CHECK(next->items.size() == 1);
}

TEST_CASE_TEMPLATE("the prompt of the day is told once a day of the user's zone", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  const auto ada = store.add_user("ada");
  const auto prompt_at = [&](WallTime now, std::size_t shard) {
    Actor actor = store.actor(ada);
    actor.now = now;
    return store.shard(shard).template await<PromptTold>(
        [&](auto done) { store.shard(shard).feeds().prompt(actor, std::move(done)); });
  };
  const WallTime evening{std::chrono::sys_days{std::chrono::year{2024} / 4 / 20} + 23h};
  const auto first = prompt_at(evening, 0);
  REQUIRE_MESSAGE(first.ok(), first.error().message);
  REQUIRE(first->events.size() == 1);
  CHECK(first->events[0].type == EventType::icebreaker_prompt);
  CHECK(first->events[0].channel == ChannelId(ada.id));
  CHECK(member_of(first->events[0].payload, "prompt_id") == "prompt_20240420");
  CHECK(member_of(first->events[0].payload, "prompt") == icebreaker_of(evening).text);
  CHECK(first->next == evening + 1h);
  // Another shard, or another node, finds that it was told.
  CHECK(prompt_at(evening + 59min, 1)->events.empty());
  CHECK(prompt_at(evening + 1h, 1)->events.size() == 1);
  CHECK(prompt_at(evening, 0)->events.empty());  // a clock that was set back
  int told = 0;
  for (const DurableEvent& event : store.log_of(ada.id)) {
    told += event.type == EventType::icebreaker_prompt ? 1 : 0;
  }
  CHECK(told == 2);
}

TEST_CASE_TEMPLATE("the prompt that is asked for is the one that is told, of the day where one is",
                   Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  Actor actor = store.actor(ada);
  actor.now = WallTime{std::chrono::sys_days{std::chrono::year{2024} / 4 / 20} + 3h};
  const auto today = [&] {
    const auto day =
        store->await<WallTime>([&](auto done) { store->feeds().today(actor, std::move(done)); });
    REQUIRE_MESSAGE(day.ok(), day.error().message);
    return icebreaker_of(*day).id;
  };
  CHECK(today() == "prompt_20240420");
  const auto moved = store->await<ZoneChange>([&](auto done) {
    store->rewards().set_time_zone(actor, "America/Chicago", std::move(done));
  });
  REQUIRE_MESSAGE(moved.ok(), moved.error().message);
  CHECK(today() == "prompt_20240419");  // still the evening before, there
  const auto told =
      store->await<PromptTold>([&](auto done) { store->feeds().prompt(actor, std::move(done)); });
  REQUIRE_MESSAGE(told.ok(), told.error().message);
  REQUIRE(told->events.size() == 1);
  CHECK(member_of(told->events[0].payload, "prompt_id") == today());
}

}  // namespace
}  // namespace kith
