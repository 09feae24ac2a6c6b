// Clubs: finding them, and what is posted in them.
#include "tests/storage/erasure_town.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("clubs are found by words, city and tag, page by page", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto add = [&](std::string name, std::string description, std::string city,
                       std::vector<std::string> tags) {
    CreateClub create;
    create.name = std::move(name);
    create.description = std::move(description);
    create.city = std::move(city);
    create.tags = std::move(tags);
    return make_club(store, ada, std::move(create))->club.id;
  };
  const ClubId hikers = add("Hikers", "We walk up hills", "Austin", {"Outdoors"});
  const ClubId readers = add("Readers", "Books about hills", "Boston", {"books"});
  const ClubId cooks = add("Cooks", "\"Food\" AND drink*", "austin", {"food", "outdoors"});
  const auto find = [&](ClubSearch search) {
    const Actor actor = store.actor(bob);
    auto list = store->await<ClubList>([&](Callback<ClubList> done) {
      clubs_of(store).search(actor, std::move(search), std::move(done));
    });
    REQUIRE_MESSAGE(list.ok(), list.error().message);
    std::vector<ClubId> ids;
    for (const ClubRecord& club : list->clubs) ids.push_back(club.id);
    return std::pair(ids, list->next_cursor);
  };
  using Ids = std::vector<ClubId>;
  ClubSearch search;
  search.text = "HILLS";
  CHECK(find(search).first == Ids{readers, hikers});
  search.text = "hills walk";
  CHECK(find(search).first == Ids{hikers});
  search.text = "\"food\" and";
  CHECK(find(search).first == Ids{cooks});
  search.text = "hills OR food";
  CHECK(find(search).first.empty());
  search = {};
  search.city = "AUSTIN";
  CHECK(find(search).first == Ids{cooks, hikers});
  search.tag = "outdoors";
  search.text = "walk";
  CHECK(find(search).first == Ids{hikers});
  search = {};
  search.slug = "readers";
  CHECK(find(search).first == Ids{readers});
  search = {};
  search.mine = true;
  CHECK(find(search).first.empty());
  REQUIRE(join(store, bob, {.id = cooks, .chat = {}}).ok());
  CHECK(find(search).first == Ids{cooks});
  search = {};
  search.limit = 2;
  const auto page = find(search);
  CHECK(page.first == Ids{cooks, readers});
  REQUIRE(page.second.has_value());
  search.cursor = page.second;
  CHECK(find(search).first == Ids{hikers});
  const ClubId drinkers = add("Caf\u00e9", "Black", "", {});
  search = {};
  search.text = "cafe";
  CHECK(find(search).first.empty());  // no store takes one letter for another
  search.text = "caf\u00e9";
  CHECK(find(search).first == Ids{drinkers});
}

TEST_CASE_TEMPLATE("posts stand in the feed, newest first, and are told in the club", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  const auto post = [&](const UserRecord& by, std::string content, std::vector<std::string> media) {
    CreatePost post;
    post.club = club.id;
    post.id = PostId{store.new_chat_id().uuid};
    post.content = std::move(content);
    post.media_ids = std::move(media);
    const Actor actor = store.actor(by);
    return store->await<CreatedPost>([&](Callback<CreatedPost> done) {
      clubs_of(store).post(actor, std::move(post), std::move(done));
    });
  };
  CHECK(outcome(post(bob, "not in it", {})) == "forbidden");
  const auto first = post(ada, "Photos from last hike", {"med_456"});
  REQUIRE(first.ok());
  CHECK(types_of(first->events) == "club.post");
  REQUIRE(post(ada, "", {"med_789"}).ok());
  const auto feed = [&](std::optional<std::string> cursor, std::uint32_t limit) {
    const Actor actor = store.actor(bob);
    auto page = store->await<FeedPage>([&](Callback<FeedPage> done) {
      clubs_of(store).feed(actor, club.id, std::move(cursor), limit, std::move(done));
    });
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    return std::move(*page);
  };
  const FeedPage newest = feed({}, 1);
  REQUIRE(newest.items.size() == 1);
  CHECK(newest.items[0].type == FeedItem::Type::media);
  REQUIRE(newest.next_cursor.has_value());
  const FeedPage older = feed(newest.next_cursor, 1);
  REQUIRE(older.items.size() == 1);
  CHECK(older.items[0].json.find(first->id.text()) != std::string::npos);
  CHECK(older.items[0].json.find(R"("media":["med_456"])") != std::string::npos);
  CHECK_FALSE(older.next_cursor.has_value());
  // The log's event is the feed's item.
  CHECK(store.log_of(club.id).back().type == EventType::club_post);
  CHECK(first->events[0].payload == R"({"post":)" + older.items[0].json + "}");
}

TEST_CASE_TEMPLATE("a post is removed by its author or an organizer, and stands as a tombstone",
                   Adapter, CLUB_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.bob);
  for (const UserRecord* user : {&town.ada, &town.cam, &town.host}) {
    REQUIRE(join(store, *user, club).ok());
  }
  town.give_role(town.bob, club, town.cam, ClubRole::moderator);
  const PostId first = town.post(town.ada, club, "canary one")->id;
  const PostId second = town.post(town.ada, club, "canary two")->id;
  REQUIRE(town.post(town.ada, club, "a third").ok());
  CHECK(outcome(town.remove_post(town.host, club, first)) == "forbidden");
  CHECK(outcome(town.remove_post(town.cam, club, first)) == "forbidden");
  CHECK(outcome(town.remove_post(town.ada, add_club(store, town.ada), first)) == "not_found");
  const auto removed = town.remove_post(town.ada, club, first);
  REQUIRE(removed.ok());
  REQUIRE(removed->events.size() == 1);
  CHECK(removed->events[0].type == EventType::club_post);
  CHECK(removed->events[0].payload ==
        R"({"post":{"id":")" + first.text() + R"(","type":"tombstone"}})");
  REQUIRE(town.remove_post(town.bob, club, second).ok());
  CHECK(outcome(town.remove_post(town.ada, club, first)) == "not_found");
  const std::string feed = town.feed(town.host, club);
  CHECK(feed.find("canary") == std::string::npos);
  CHECK(feed.find("a third") != std::string::npos);
  const std::string told = town.told_in(club.id);
  CHECK(told.find("canary") == std::string::npos);
  CHECK(told.find("a third") != std::string::npos);
}

TEST_CASE_TEMPLATE("a post that was removed is not made again by its Idempotency-Key", Adapter,
                   CLUB_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.bob);
  const auto post = [&] {
    CreatePost wanted{.club = club.id, .id = PostId{store.new_chat_id().uuid}};
    wanted.content = "once";
    wanted.idempotency = Idempotency{.path = "/posts", .key = "k1", .request_digest = "d1"};
    return store->await<CreatedPost>([&](Callback<CreatedPost> done) {
      clubs_of(store).post(store.actor(town.bob), std::move(wanted), std::move(done));
    });
  };
  const auto first = post();
  REQUIRE(first.ok());
  REQUIRE(town.remove_post(town.bob, club, first->id).ok());
  const auto again = post();
  REQUIRE_MESSAGE(again.ok(), again.error().message);
  CHECK(again->id == first->id);
  CHECK(again->created_at == first->created_at);
  CHECK_FALSE(again->created);
  CHECK(again->events.empty());
  CHECK(town.feed(town.bob, club).find("once") == std::string::npos);
}

}  // namespace
}  // namespace kith
