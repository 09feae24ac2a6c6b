// Clubs: who is in them, in the club and in its chat alike, and what each may do.
#include "tests/storage/club_store.h"

namespace kith {
namespace {

using Action = ChangeMember::Action;

TEST_CASE_TEMPLATE("a club's creator owns it and its chat, and a taken slug gets a number", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  CreateClub create;
  create.name = "  Austin Adventurers! ";
  create.tags = {"Outdoors", "hiking"};
  const auto made = make_club(store, ada, create);
  REQUIRE(made.ok());
  CHECK(made->club.slug == "austin-adventurers");
  CHECK(made->club.member_count == 1);
  CHECK(made->club.role == ClubRole::owner);
  CHECK(made->club.tags_json == R"(["Outdoors","hiking"])");
  CHECK(types_of(made->events) == "club.member participant.join notification.new notification.new");
  const auto chat = store->get(store.actor(ada), made->club.chat);
  REQUIRE(chat.ok());
  CHECK(chat->type == ChatType::club);
  CHECK(chat->role == ParticipantRole::owner);
  const auto other = make_club(store, bob, create);
  REQUIRE(other.ok());
  CHECK(other->club.slug == "austin-adventurers-2");
  create.name = "???";
  CHECK(make_club(store, bob, create)->club.slug == "club");
}

TEST_CASE_TEMPLATE("who joins a public club is in it and in its chat, once", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  CHECK(outcome(store->attach(club.id, bob.key)) == "forbidden");
  const auto joined = join(store, bob, club);
  REQUIRE(joined.ok());
  CHECK(joined->status == ClubStatus::approved);
  CHECK(types_of(joined->events) ==
        "club.member participant.join notification.new notification.new");
  CHECK(join(store, bob, club)->events.empty());
  CHECK(get(store, bob, club)->member_count == 2);
  CHECK(store->attach(club.id, bob.key)->head == 2);
  CHECK(outcome(store->access(bob.key, club.chat)) == "ok");
  CHECK(store->followable(bob.key, 10)->size() == 1);
  const auto followed = store->await<std::vector<ClubId>>(
      [&](auto done) { clubs_of(store).followable(bob.key, 10, std::move(done)); });
  CHECK(*followed == std::vector<ClubId>{club.id});
}

TEST_CASE_TEMPLATE("who leaves loses club and chat with an event in each; the owner stays", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  const auto left = leave(store, bob, club);
  REQUIRE(left.ok());
  CHECK(types_of(left->events) == "club.leave participant.leave");
  CHECK(left->events[0].user == bob.id);
  CHECK(left->events[0].payload == R"({"status":"left"})");
  CHECK(outcome(store->attach(club.id, bob.key)) == "forbidden");
  CHECK(outcome(store->access(bob.key, club.chat)) == "forbidden");
  PageRequest page{.channel = club.id, .reader = bob.key, .after = 0};
  CHECK(outcome(store->read(page)) == "forbidden");
  CHECK(outcome(leave(store, bob, club)) == "not_found");
  CHECK(outcome(leave(store, ada, club)) == "conflict");
  CHECK(get(store, ada, club)->member_count == 1);
  CHECK(join(store, bob, club)->status == ClubStatus::approved);
  CHECK(types_of(store.log_of(club.id)) == "club.member club.member club.leave club.member");
}

TEST_CASE_TEMPLATE("a private club is asked, and its organizers decide", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const TestClub club = add_club(store, ada, ClubPrivacy::closed);
  const auto asked = join(store, bob, club);
  REQUIRE(asked.ok());
  CHECK(asked->status == ClubStatus::pending);
  REQUIRE(asked->events.size() == 1);
  CHECK(asked->events[0].channel == ChannelId(ada.id));
  CHECK(join(store, bob, club)->events.empty());
  CHECK(outcome(store->attach(club.id, bob.key)) == "forbidden");
  const ChangeMember approve{
      .club = club.id, .user = bob.id, .action = Action::approve, .reason = {}, .until = {}};
  CHECK(outcome(change(store, bob, approve)) == "not_found");  // sees nothing inside
  const auto approved = change(store, ada, approve);
  REQUIRE(approved.ok());
  CHECK(approved->status == ClubStatus::approved);
  CHECK(outcome(store->attach(club.id, bob.key)) == "ok");
  CHECK(join(store, eve, club)->status == ClubStatus::pending);
  const ChangeMember reject{
      .club = club.id, .user = eve.id, .action = Action::reject, .reason = {}, .until = {}};
  CHECK(outcome(change(store, bob, reject)) == "forbidden");
  CHECK(change(store, ada, reject)->status == ClubStatus::gone);
  CHECK(outcome(change(store, ada, reject)) == "not_found");
}

TEST_CASE_TEMPLATE("nobody decides about who is not below them", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  REQUIRE(join(store, eve, club).ok());
  const auto role = [&](const UserRecord& by, const UserRecord& whom, ClubRole to) {
    return change(store, by,
                  {.club = club.id,
                   .user = whom.id,
                   .action = Action::role,
                   .role = to,
                   .reason = {},
                   .until = {}});
  };
  const auto remove = [&](const UserRecord& by, const UserRecord& whom) {
    return change(
        store, by,
        {.club = club.id, .user = whom.id, .action = Action::remove, .reason = {}, .until = {}});
  };
  CHECK(outcome(role(bob, eve, ClubRole::moderator)) == "forbidden");
  CHECK(role(ada, bob, ClubRole::organizer)->role == ClubRole::organizer);
  CHECK(store->get(store.actor(bob), club.chat)->role == ParticipantRole::moderator);
  CHECK(outcome(role(bob, eve, ClubRole::organizer)) == "forbidden");
  CHECK(role(bob, eve, ClubRole::moderator).ok());
  CHECK(outcome(remove(eve, bob)) == "forbidden");
  CHECK(outcome(remove(bob, ada)) == "forbidden");
  CHECK(outcome(role(bob, bob, ClubRole::owner)) == "forbidden");
  CHECK(remove(bob, eve)->status == ClubStatus::gone);
  // The owner gives the club away, and may go then.
  CHECK(role(ada, bob, ClubRole::owner)->role == ClubRole::owner);
  CHECK(get(store, ada, club)->owner == bob.id);
  CHECK(get(store, ada, club)->role == ClubRole::organizer);
  CHECK(store->get(store.actor(bob), club.chat)->role == ParticipantRole::owner);
  CHECK(leave(store, ada, club).ok());
}

TEST_CASE_TEMPLATE("what is done in a club's chat is done in the club", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada, ClubPrivacy::closed);
  const auto added = store->add(store.actor(ada), club.chat, bob.id);
  REQUIRE(added.ok());
  CHECK(types_of(added->events) ==
        "club.member participant.join notification.new notification.new");
  CHECK(outcome(store->add(store.actor(ada), club.chat, bob.id)) == "conflict");
  const Moderate ban{.chat = club.chat,
                     .action = command::ModerationAction::ban,
                     .message = {},
                     .user = bob.id,
                     .reason = "rude",
                     .until = {}};
  CHECK(outcome(store->moderate(store.actor(bob), ban)) == "forbidden");
  const auto banned = store->moderate(store.actor(ada), ban);
  REQUIRE(banned.ok());
  CHECK(types_of(banned->events) == "club.leave system.moderation");
  CHECK(get(store, bob, club)->status == ClubStatus::banned);
  CHECK(outcome(join(store, bob, club)) == "forbidden");
  CHECK(outcome(store->add(store.actor(ada), club.chat, bob.id)) == "forbidden");
  Moderate unban = ban;
  unban.action = command::ModerationAction::unban;
  CHECK(store->moderate(store.actor(ada), unban).ok());
  CHECK(store->add(store.actor(ada), club.chat, bob.id).ok());
  const auto left = store->drop(store.actor(bob), club.chat, bob.id);
  REQUIRE(left.ok());
  CHECK(types_of(left->events) == "club.leave participant.leave");
  CHECK(get(store, ada, club)->member_count == 1);
}

TEST_CASE_TEMPLATE("a lost update is told, and nothing changes", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  const auto update = [&](const UserRecord& by, std::string name,
                          std::optional<std::uint64_t> version) {
    UpdateClub update;
    update.club = club.id;
    update.name = std::move(name);
    update.if_version = version;
    const Actor actor = store.actor(by);
    return store->await<UpdatedClub>([&](Callback<UpdatedClub> done) {
      clubs_of(store).update(actor, update, std::move(done));
    });
  };
  CHECK(outcome(update(bob, "mine", {})) == "forbidden");
  const auto first = update(ada, "Hikers", 1);
  REQUIRE(first.ok());
  CHECK_FALSE(first->stale);
  CHECK(first->club.version == 2);
  CHECK(types_of(first->events) == "club.updated");
  CHECK(store->get(store.actor(bob), club.chat)->name == "Hikers");
  const auto lost = update(ada, "Climbers", 1);
  REQUIRE(lost.ok());
  CHECK(lost->stale);
  CHECK(lost->events.empty());
  CHECK(get(store, ada, club)->name == "Hikers");
  CHECK(update(ada, "Hikers", {})->events.empty());
}

}  // namespace
}  // namespace kith
