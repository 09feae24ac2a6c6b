// Profiles, logins, blocks, and people one might like.
#include "engine/ports/profiles.h"

#include <algorithm>

#include "storage/sql_people_scores.h"
#include "tests/storage/event_town.h"

namespace kith {
namespace {

class People {
 public:
  explicit People(const std::string& url) : store(url) {}

  StoreFixture store;

  Profiles& profiles() { return store.shard().profiles(); }
  Result<Profile> profile(const UserRecord& who, UserId user) {
    return store->await<Profile>(
        [&](auto done) { profiles().profile(store.actor(who), user, std::move(done)); });
  }
  Result<Committed> update(const UserRecord& who, const UpdateProfile& update) {
    return store->await<Committed>(
        [&](auto done) { profiles().update(store.actor(who), update, std::move(done)); });
  }
  Result<Committed> block(const UserRecord& who, UserId user) {
    return store->await<Committed>(
        [&](auto done) { profiles().block(store.actor(who), user, std::move(done)); });
  }
  Result<Committed> unblock(const UserRecord& who, UserId user) {
    return store->await<Committed>(
        [&](auto done) { profiles().unblock(store.actor(who), user, std::move(done)); });
  }
  Result<PeopleList> recommend(const UserRecord& who, const PeopleQuery& query = {}) {
    return store->await<PeopleList>(
        [&](auto done) { profiles().recommend(store.actor(who), query, std::move(done)); });
  }
  Result<std::vector<LoginRecord>> logins(const UserRecord& who) {
    return store->await<std::vector<LoginRecord>>(
        [&](auto done) { profiles().logins(store.actor(who), std::move(done)); });
  }
  ChatId direct(const UserRecord& one, const UserRecord& other) {
    CreateChat create{.type = ChatType::direct, .id = store.new_chat_id()};
    create.participants = {other.id};
    const auto made = store->create(store.actor(one), create);
    REQUIRE(made.ok());
    return made->chat.id;
  }
  AuthSessionId log_in(const UserRecord& who) {
    NewSession session{.id = store.new_session_id(), .user = who.key};
    session.refresh_hash.fill(static_cast<std::uint8_t>(++logins_));
    session.now = store.now();
    session.refresh_expires = session.now + std::chrono::hours{1};
    session.user_agent = "test";
    const auto made = store->await<Nothing>(
        [&](auto done) { store->accounts().create_session(session, std::move(done)); });
    REQUIRE(made.ok());
    return session.id;
  }

 private:
  int logins_ = 0;
};

TEST_CASE_TEMPLATE("a profile changes in what is set, and others see it without the email", Adapter,
                   SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  const auto bob = people.store.add_user("bob");
  UpdateProfile update;
  update.bio = "Explorer of live music";
  update.avatar_url = "https://cdn.example.org/a.jpg";
  update.interests = std::vector<std::string>{"hiking", "music"};
  update.icebreaker_prompt_id = "prompt_20240420";
  const auto told = people.update(ada, update);
  REQUIRE(told.ok());
  REQUIRE(told->events.size() == 1);
  CHECK(told->events[0].type == EventType::user_updated);
  CHECK(told->events[0].channel == ChannelId(ada.id));
  CHECK(told->events[0].payload.starts_with(
      R"({"changed":["bio","avatar_url","interests","icebreaker_prompt_id"],"updated_at":")"));
  CHECK(people.store.log_of(ada.id).back().payload == told->events[0].payload);
  CHECK(people.update(ada, {})->events.empty());
  const auto seen = people.profile(bob, ada.id);
  REQUIRE(seen.ok());
  CHECK(seen->user.display_name == "ada");
  CHECK(seen->user.city == "Austin");
  CHECK(seen->user.bio == "Explorer of live music");
  CHECK(seen->user.avatar_url == "https://cdn.example.org/a.jpg");
  CHECK(seen->user.interests_json == R"(["hiking","music"])");
  CHECK(seen->user.email.empty());
  CHECK(seen->premium_tier == "free");
  CHECK(seen->icebreaker_prompt_id == "prompt_20240420");
  CHECK(people.profile(ada, ada.id)->user.email == "ada@example.org");
  UpdateProfile without;
  without.icebreaker_prompt_id = "";
  without.bio = "";
  REQUIRE(people.update(ada, without).ok());
  CHECK_FALSE(people.profile(bob, ada.id)->icebreaker_prompt_id.has_value());
  CHECK(people.profile(bob, ada.id)->user.bio.empty());
  CHECK(people.profile(bob, ada.id)->user.interests_json == R"(["hiking","music"])");
  CHECK(outcome(people.profile(bob, people.store.new_user_id())) == "not_found");
}

TEST_CASE_TEMPLATE("logins are one's own to see and to end", Adapter, SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  const auto bob = people.store.add_user("bob");
  const AuthSessionId first = people.log_in(ada);
  const AuthSessionId second = people.log_in(ada);
  const AuthSessionId other = people.log_in(bob);
  const auto list = people.logins(ada);
  REQUIRE(list.ok());
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].id == second);
  CHECK((*list)[0].user_agent == "test");
  const auto end = [&](AuthSessionId login) {
    return people.store->await<Committed>([&](auto done) {
      people.profiles().end_login(people.store.actor(ada), login, std::move(done));
    });
  };
  CHECK(outcome(end(other)) == "not_found");
  CHECK(outcome(end(people.store.new_session_id())) == "not_found");
  const auto ended = end(first);
  REQUIRE(ended.ok());
  REQUIRE(ended->events.size() == 1);
  CHECK(ended->events[0].type == EventType::session_revoked);
  CHECK(end(first)->events.empty());
  CHECK(people.logins(ada)->size() == 1);
}

TEST_CASE_TEMPLATE("a block hides both from each other, and is told to nobody", Adapter,
                   SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  const auto bob = people.store.add_user("bob");
  const auto cam = people.store.add_user("cam");
  CHECK(people.recommend(ada)->people.size() == 2);  // of the same city
  REQUIRE(people.block(ada, bob.id).ok());
  REQUIRE(people.block(ada, bob.id).ok());
  CHECK(outcome(people.block(ada, ada.id)) == "bad_request");
  CHECK(outcome(people.profile(ada, bob.id)) == "not_found");
  CHECK(outcome(people.profile(bob, ada.id)) == "not_found");
  CHECK(people.recommend(ada)->people.size() == 1);
  CHECK(people.recommend(bob)->people.size() == 1);
  CHECK(people.recommend(cam)->people.size() == 2);
  for (const auto& [one, other] : {std::pair(ada, bob), std::pair(bob, ada)}) {
    for (const ChatType type : {ChatType::direct, ChatType::group}) {
      CreateChat create{.type = type, .id = people.store.new_chat_id()};
      create.participants = {other.id};
      CHECK(outcome(people.store->create(people.store.actor(one), create)) == "not_found");
    }
    const ChatId group = people.store.add_group({one, cam});
    CHECK(outcome(people.store->add(people.store.actor(one), group, other.id)) == "not_found");
  }
  const auto list = people.store->await<std::vector<Blocked>>(
      [&](auto done) { people.profiles().blocked(people.store.actor(ada), std::move(done)); });
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK((*list)[0].user == bob.id);
  REQUIRE(people.unblock(ada, bob.id).ok());
  CHECK(people.profile(bob, ada.id).ok());
}

TEST_CASE_TEMPLATE(
    "in a direct chat nobody speaks while a block stands; a "
    "group stays one log",
    Adapter, SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  const auto bob = people.store.add_user("bob");
  const ChatId direct = people.direct(ada, bob);
  const ChatId group = people.store.add_group({ada, bob});
  const auto says = [&](const UserRecord& who, ChatId chat) {
    return outcome(people.store->append(people.store.message(who, chat, "hello")));
  };
  CHECK(says(bob, direct) == "ok");
  REQUIRE(people.block(ada, bob.id).ok());
  CHECK(says(bob, direct) == "forbidden");
  CHECK(says(ada, direct) == "forbidden");
  CHECK(says(bob, group) == "ok");
  REQUIRE(people.block(bob, ada.id).ok());
  REQUIRE(people.unblock(ada, bob.id).ok());
  CHECK(says(bob, direct) == "forbidden");  // the other's still stands
  REQUIRE(people.unblock(bob, ada.id).ok());
  CHECK(says(bob, direct) == "ok");
  CHECK(says(ada, direct) == "ok");
}

TEST_CASE_TEMPLATE("an export holds what is stored of oneself, page by page, and no other's words",
                   Adapter, SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  const auto bob = people.store.add_user("bob");
  people.log_in(ada);
  const ChatId one = people.store.add_group({ada, bob});
  const ChatId two = people.store.add_group({bob, ada});
  for (int i = 0; i < 3; ++i) {
    people.store.say(ada, one, numbered("mine-", i));
    people.store.say(bob, one, numbered("theirs-", i));
    people.store.say(ada, two, numbered("mine-too-", i));
  }
  REQUIRE(people.block(ada, bob.id).ok());
  const auto all_of = [&](std::uint32_t limit) {
    std::vector<std::string> out;
    ExportQuery query{.limit = limit};
    for (bool more = true; more;) {
      const auto page = people.store->await<ExportPage>([&](auto done) {
        people.profiles().export_all(people.store.actor(ada), query, std::move(done));
      });
      REQUIRE(page.ok());
      CHECK(page->entries.size() <= limit);
      out.insert(out.end(), page->entries.begin(), page->entries.end());
      query.cursor = page->next_cursor;
      more = query.cursor.has_value();
    }
    return out;
  };
  const auto all = all_of(1'000);
  CHECK(all_of(2) == all);
  const auto count = [&](std::string_view what) {
    return std::count_if(all.begin(), all.end(), [&](const std::string& entry) {
      return entry.find(what) != std::string::npos;
    });
  };
  CHECK(all.front().starts_with(R"({"kind":"profile","id":")" + ada.id.text()));
  CHECK(count("ada@example.org") >= 1);
  CHECK(count(R"("kind":"login")") == 1);
  CHECK(count(R"("kind":"block")") == 1);
  CHECK(count(R"("kind":"chat")") == 2);
  CHECK(count(R"("kind":"message")") == 6);
  CHECK(count("theirs-") == 0);
  CHECK(count(R"("kind":"notification")") >= 2);
  CHECK(count("hash of ada") == 0);
}

TEST_CASE("people are scored by interests, clubs and city, as the formula has it") {
  const auto check = [](const PersonMerits& merits, int percent, std::string_view reason) {
    CHECK(score_person(merits).percent == percent);
    CHECK(score_person(merits).reason == reason);
  };
  CHECK(score_person({}).percent == 0);
  check({.same_city = true}, 20, "In your city");
  check({.shared_interests = 1, .readers_interests = 2}, 25, "Shares your interests");
  check({.shared_interests = 2, .readers_interests = 9, .same_city = true}, 40,
        "Shares your interests");
  check({.shared_interests = 9, .readers_interests = 9, .shared_clubs = 7, .same_city = true}, 100,
        "Shares your interests");
  check({.shared_clubs = 1}, 10, "In a club with you");
}

TEST_CASE_TEMPLATE("people are recommended best first, page by page, without those one knows",
                   Adapter, SQL_STORES) {
  People people(Adapter::kUrl);
  const auto ada = people.store.add_user("ada");
  std::vector<UserRecord> others;
  for (std::size_t i = 0; i < 4; ++i) others.push_back(people.store.add_user(numbered("u", i)));
  const auto likes = [&](const UserRecord& who, std::vector<std::string> interests) {
    UpdateProfile update;
    update.interests = std::move(interests);
    REQUIRE(people.update(who, update).ok());
  };
  likes(ada, {"hiking", "music"});
  likes(others[2], {"Hiking", "chess"});
  people.direct(ada, others[3]);
  UpdateProfile elsewhere;
  elsewhere.city = "Dallas";
  REQUIRE(people.update(others[1], elsewhere).ok());
  PeopleQuery query{.limit = 1};
  std::vector<std::string> names;
  for (bool more = true; more;) {
    const auto page = people.recommend(ada, query);
    REQUIRE(page.ok());
    for (const RecommendedPerson& person : page->people) names.push_back(person.display_name);
    query.cursor = page->next_cursor;
    more = query.cursor.has_value();
  }
  CHECK(names == std::vector<std::string>{"u2", "u0"});
  const auto best = people.recommend(ada)->people.front();
  CHECK(best.score_percent == 45);
  CHECK(best.reason == "Shares your interests");
  CHECK(best.mutual_interests == std::vector<std::string>{"Hiking"});
  CHECK(outcome(people.recommend(ada, {.cursor = "x"})) == "bad_request");
}

}  // namespace
}  // namespace kith
