// One who is forgotten: at once, and then piece by piece, once, to the end.
#include "engine/ports/moderation.h"

#include "tests/storage/erasure_town.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

TEST_CASE_TEMPLATE("an account that is erased is gone at once, and its email is free", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const auto begun = town.erase(town.ada);
  REQUIRE(begun.ok());
  REQUIRE(begun->events.size() == 1);
  CHECK(begun->events[0].type == EventType::session_revoked);
  CHECK(begun->events[0].channel == ChannelId(town.ada.id));
  CHECK(begun->events[0].payload.find(R"("all":true)") != std::string::npos);
  const auto credentials = store->await<Credentials>(
      [&](auto done) { store->accounts().find_credentials("ada@example.org", std::move(done)); });
  CHECK(outcome(credentials) == "not_found");
  const auto token = store->await<AuthenticatedUser>([&](auto done) {
    store->accounts().authenticate(town.ada.id, store.new_session_id(), std::move(done));
  });
  CHECK(outcome(token) == "unauthorized");
  const auto profile = store->await<Profile>([&](auto done) {
    town.profiles().profile(store.actor(town.bob), town.ada.id, std::move(done));
  });
  CHECK(outcome(profile) == "not_found");
  CHECK(outcome(town.erase(town.ada)) == "unauthorized");
  CHECK(store.add_user("ada").email == "ada@example.org");
  // What was under way for the account is left to end.
  CHECK_FALSE(town.one_step(store.now())->more);
  store.advance(10s);
  CHECK(town.one_step(store.now())->more);
  town.finish();
  CHECK_FALSE(town.one_step(store.now() + 24h)->more);
}

TEST_CASE_TEMPLATE("messages become tombstones that are told, reactions go, others' words stay",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const ChatId chat = store.add_group({town.ada, town.bob, town.cam});
  std::vector<MessageId> mine;
  for (std::uint64_t i = 0; i < 250; ++i) {
    mine.push_back(store.say(town.ada, chat, numbered("canary-", i)).message);
    if (i % 10 == 0) store.say(town.bob, chat, numbered("bobs-", i));
  }
  const MessageId bobs = store.say(town.bob, chat, "bobs-last").message;
  const auto react = [&](const UserRecord& who, const MessageId& message) {
    const auto done = store->react(store.actor(who),
                                   {.chat = chat, .message = message, .emoji = "👍", .add = true});
    REQUIRE(done.ok());
  };
  react(town.ada, bobs);
  react(town.bob, bobs);
  react(town.bob, mine[0]);
  REQUIRE(
      store->remove(store.actor(town.ada), {.chat = chat, .message = mine[1], .reason = {}}).ok());
  const auto events = town.forget(town.ada);
  CHECK(count_of_type(events, EventType::message_delete) == 249);
  CHECK(count_of_type(events, EventType::reaction_remove) == 1);
  CHECK(count_of_type(events, EventType::participant_leave) == 1);
  CHECK(outcome(store->access(town.ada.key, chat)) == "forbidden");
  const std::string told = town.told_in(chat);
  CHECK(told.find("canary-") == std::string::npos);
  CHECK(told.find("bobs-last") != std::string::npos);
  const auto record = store->get(store.actor(town.bob), chat);
  REQUIRE(record.ok());
  CHECK(record->participant_count == 2);
  REQUIRE(record->last_message.has_value());
  REQUIRE(record->last_message->reactions.size() == 1);
  CHECK(record->last_message->reactions[0].count == 1);
  // Each message is told once as new, and once as gone.
  std::map<MessageId, int> gone;
  for (const DurableEvent& event : store.log_of(chat)) {
    if (event.type == EventType::message_delete) ++gone[*event.message];
  }
  CHECK(gone.size() == 250);
  for (const auto& [message, times] : gone) CHECK(times == 1);
}

TEST_CASE_TEMPLATE("a group without another owner passes to a moderator, else to the longest there",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const ChatId plain = store.add_group({town.ada, town.bob, town.cam});
  const ChatId moderated = store.add_group({town.ada, town.bob, town.cam});
  const auto dropped = store->drop(store.actor(town.ada), moderated, town.cam.id);
  REQUIRE(dropped.ok());
  REQUIRE(
      store->add(store.actor(town.ada), moderated, town.cam.id, ParticipantRole::moderator).ok());
  const auto role_in = [&](const UserRecord& who, const ChatId& chat) {
    const auto record = store->get(store.actor(who), chat);
    REQUIRE(record.ok());
    return record->role;
  };
  town.forget(town.ada);
  CHECK(role_in(town.bob, plain) == ParticipantRole::owner);
  CHECK(role_in(town.cam, plain) == ParticipantRole::member);
  CHECK(role_in(town.cam, moderated) == ParticipantRole::owner);
  CHECK(role_in(town.bob, moderated) == ParticipantRole::member);
  CHECK(town.told(town.bob, "chat.role_changed") == 1);
  CHECK(town.told(town.cam, "chat.role_changed") == 1);
}

TEST_CASE_TEMPLATE(
    "a club passes to its staff, else to the longest there; one without anybody ends", Adapter,
    SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub staffed = add_club(store, town.ada);
  const TestClub plain = add_club(store, town.ada);
  const TestClub lonely = add_club(store, town.ada);
  for (const TestClub& club : {staffed, plain}) {
    REQUIRE(join(store, town.bob, club).ok());
    REQUIRE(join(store, town.cam, club).ok());
  }
  town.give_role(town.ada, staffed, town.cam, ClubRole::moderator);
  const EventId theirs = town.club_event(town.ada, staffed);
  const EventId nobodys = town.club_event(town.ada, lonely);
  const auto events = town.forget(town.ada);
  CHECK(count_of_type(events, EventType::club_leave) == 3);
  const auto owned = get(store, town.bob, staffed);
  REQUIRE(owned.ok());
  CHECK(owned->owner == town.cam.id);
  CHECK(owned->member_count == 2);
  CHECK(get(store, town.cam, staffed)->role == ClubRole::owner);
  CHECK(get(store, town.bob, plain)->owner == town.bob.id);
  CHECK(outcome(get(store, town.bob, lonely)) == "not_found");
  CHECK(outcome(join(store, town.bob, lonely)) == "not_found");
  const auto list = store->await<ClubList>([&](Callback<ClubList> done) {
    town.clubs().search(store.actor(town.bob), {}, std::move(done));
  });
  REQUIRE(list.ok());
  CHECK(list->clubs.size() == 2);
  const auto event = town.get(town.bob, theirs);
  REQUIRE(event.ok());
  CHECK(event->creator == town.cam.id);
  CHECK(event->fields.title == "Sunset Hike");
  CHECK(event->status == EventStatus::published);
  CHECK(outcome(town.get(town.bob, nobodys)) == "not_found");
}

TEST_CASE_TEMPLATE("events of one's own are cancelled without a word; seats are for others",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  EventFields wanted = town.fields();
  wanted.title = "canary title";
  wanted.description = "canary text";
  wanted.tags = {"canary tag"};
  wanted.place->name = "canary place";
  const auto made = town.create(town.ada, {.fields = wanted});
  REQUIRE(made.ok());
  const EventId own = made->event.id;
  REQUIRE(town.update(town.ada, {.id = own, .status = EventStatus::published}).ok());
  REQUIRE(town.go(town.bob, own).ok());
  const EventId full = town.publish(2);
  REQUIRE(town.go(town.ada, full, 1).ok());
  CHECK(town.comes_to(town.go(town.bob, full)) == "waitlisted");
  town.forget(town.ada);
  town.run_due(town.store.now());
  const auto event = town.get(town.bob, own);
  REQUIRE(event.ok());
  CHECK(event->status == EventStatus::cancelled);
  CHECK(event->fields.title.empty());
  CHECK(town.told(town.bob, "event.cancelled") == 1);
  CHECK(town.get(town.bob, full)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(town.bob, full)->seats_taken == 1);
  CHECK(town.in_chat(town.bob, full));
  for (const ChannelId channel : {ChannelId(own), ChannelId(town.bob.id)}) {
    CHECK(town.told_in(channel).find("canary") == std::string::npos);
  }
}

TEST_CASE_TEMPLATE("posts and broadcasts stand as tombstones, and scheduled ones never go out",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.bob);
  REQUIRE(join(store, town.ada, club).ok());
  town.give_role(town.bob, club, town.ada, ClubRole::organizer);
  for (std::uint64_t i = 0; i < 60; ++i) {
    REQUIRE(town.post(town.ada, club, numbered("canary-", i)).ok());
  }
  REQUIRE(town.post(town.bob, club, "bobs post").ok());
  REQUIRE(town.tell(town.ada, club, "canary now").ok());
  REQUIRE(town.tell(town.ada, club, "canary later", store.now() + 1h).ok());
  REQUIRE(town.feed(town.bob, club).find("canary-") != std::string::npos);
  const auto events = town.forget(town.ada);
  CHECK(count_of_type(events, EventType::club_post) == 60);
  CHECK(count_of_type(events, EventType::club_broadcast) == 1);
  const std::string feed = town.feed(town.bob, club);
  CHECK(feed.find("canary") == std::string::npos);
  CHECK(feed.find("bobs post") != std::string::npos);
  const std::string told = town.told_in(club.id);
  CHECK(told.find("canary") == std::string::npos);
  CHECK(told.find("bobs post") != std::string::npos);
  const auto sent = store->await<SentBroadcasts>(
      [&](auto done) { store->broadcasts()->send_due(store.now() + 2h, std::move(done)); });
  REQUIRE(sent.ok());
  CHECK(sent->events.empty());
}

TEST_CASE_TEMPLATE("what others were told loses the words of who is forgotten, and no other's",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.bob, ClubPrivacy::closed);
  const auto ask = [&](const UserRecord& who, const std::string& message) {
    const auto asked = store->await<MembershipChange>(
        [&](auto done) { town.clubs().join(store.actor(who), club.id, message, std::move(done)); });
    REQUIRE(asked.ok());
  };
  ask(town.ada, "canary please");
  ask(town.cam, "cams please");
  REQUIRE(town.told_in(town.bob.id).find("canary please") != std::string::npos);
  town.forget(town.ada);
  const std::string told = town.told_in(town.bob.id);
  CHECK(told.find("canary") == std::string::npos);
  CHECK(told.find("cams please") != std::string::npos);
  CHECK(told.find(town.ada.id.text()) != std::string::npos);
  const auto list = store->await<NotificationList>([&](auto done) {
    store->store().notifications()->list(store.actor(town.bob), std::nullopt, 50, std::move(done));
  });
  REQUIRE(list.ok());
  for (const NotificationRecord& notice : list->items) {
    CHECK(notice.payload_json.find("canary") == std::string::npos);
  }
}

TEST_CASE_TEMPLATE("a case about a message of who is forgotten loses its note", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  Moderation& moderation = *store->store().moderation();
  REQUIRE(store.storage().grant(town.cam.id, SystemRole::moderator, store.now()).ok());
  const ChatId chat = store.add_group({town.bob, town.ada});
  ResolveCase wanted;
  wanted.note = "canary note";
  for (const UserRecord* who : {&town.ada, &town.bob}) {
    const MessageId said = store.say(*who, chat, "words").message;
    wanted.id =
        CaseId{store->report(store.actor(town.bob), chat, said, store.new_report_id())->uuid};
    const auto resolved = store->await<ChangedCase>(
        [&](auto done) { moderation.resolve(store.actor(town.cam), wanted, std::move(done)); });
    REQUIRE_MESSAGE(resolved.ok(), resolved.error().message);
  }
  town.forget(town.ada);
  const auto cases = store->await<CaseList>(
      [&](auto done) { moderation.list(store.actor(town.cam), {}, std::move(done)); });
  REQUIRE(cases.ok());
  REQUIRE(cases->cases.size() == 2);
  CHECK(cases->cases[0].note == "canary note");  // about Bob's
  CHECK(cases->cases[1].note.empty());
}

TEST_CASE_TEMPLATE("two nodes erase each thing once, and a restart goes on where it was", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl, 2);
  StoreFixture& store = town.store;
  const ChatId chat = store.add_group({town.bob, town.ada, town.cam});
  for (std::uint64_t i = 0; i < 500; ++i) store.say(town.ada, chat, numbered("canary-", i));
  REQUIRE(town.erase(town.ada).ok());
  store.advance(10s);
  int deleted = 0;
  int steps = 0;
  for (bool more = true; more; ++steps) {
    const WallTime now = store.now();
    std::vector<Result<ErasureWork>> both;
    for (std::size_t shard = 0; shard < 2; ++shard) {
      town.profiles(shard).run_erasures(
          now, [&both](Result<ErasureWork> work) { both.push_back(std::move(work)); });
    }
    for (std::size_t shard = 0; shard < 2; ++shard) {
      store.shard(shard).queue().pump_until([&] { return both.size() > shard; });
    }
    more = false;
    for (const auto& work : both) {
      REQUIRE_MESSAGE(work.ok(), work.error().message);
      deleted += count_of_type(work->events, EventType::message_delete);
      more = more || work->more;
    }
    if (steps % 7 == 3) store.reopen();
  }
  CHECK(deleted == 500);
  CHECK(count_of_type(store.log_of(chat), EventType::message_delete) == 500);
  CHECK(town.told_in(chat).find("canary") == std::string::npos);
}

}  // namespace
}  // namespace kith
