// Chats: making them, coming and going, roles.
#include <algorithm>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

using Action = command::ModerationAction;

Moderate against(ChatId chat, Action action, const UserRecord& user) {
  return {
      .chat = chat, .action = action, .message = {}, .user = user.id, .reason = {}, .until = {}};
}

TEST_CASE_TEMPLATE("a new chat's log begins with who came, and each of them is notified", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  CreateChat create;
  create.id = store.new_chat_id();
  create.name = "Hikers";
  create.participants = {bob.id, ada.id, bob.id};  // oneself and repeats count once
  const auto made = store->create(store.actor(ada), create);
  REQUIRE(made.ok());
  CHECK(made->created);
  CHECK(made->events.size() == 4);
  CHECK(made->chat.id == create.id);
  CHECK(made->chat.type == ChatType::group);
  CHECK(made->chat.name == "Hikers");
  CHECK(made->chat.head == 2);
  CHECK(made->chat.participant_count == 2);
  CHECK(made->chat.role == ParticipantRole::owner);
  CHECK(made->chat.unread_count == 0);
  CHECK_FALSE(made->chat.last_message.has_value());
  REQUIRE(made->chat.participants.size() == 2);
  CHECK(made->chat.participants[0].user == ada.id);
  CHECK(made->chat.participants[0].role == ParticipantRole::owner);
  CHECK(made->chat.participants[1].user == bob.id);
  CHECK(made->chat.participants[1].display_name == "bob");

  const auto log = store.log_of(create.id);
  REQUIRE(log.size() == 2);
  CHECK(log[0].user == ada.id);  // the creator first
  CHECK(log[1].user == bob.id);
  for (const auto& user : {ada, bob}) {
    const auto own = store.log_of(user.id);
    REQUIRE(own.size() == 1);
    CHECK(own[0].type == EventType::notification_new);
    CHECK(own[0].payload.find(R"("type":"chat.joined")") != std::string::npos);
    CHECK(own[0].payload.find(create.id.text()) != std::string::npos);
    CHECK(own[0].payload.find(R"("by":")" + ada.id.text()) != std::string::npos);
    const bool told =
        std::any_of(made->events.begin(), made->events.end(), [&](const DurableEvent& event) {
          return event.channel == ChannelId(user.id) && event.payload == own[0].payload;
        });
    CHECK(told);
  }
}

TEST_CASE_TEMPLATE("an unknown participant makes no chat", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  CreateChat create;
  create.id = store.new_chat_id();
  create.participants = {bob.id, store.new_user_id()};
  const auto made = store->create(store.actor(ada), create);
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().code == ErrorCode::not_found);
  CHECK(made.error().field == "participant_ids");
  CHECK(outcome(store->get(store.actor(ada), create.id)) == "not_found");
  CHECK(store.log_of(bob.id).empty());
  CHECK(store->followable(ada.key, 10)->empty());
}

TEST_CASE_TEMPLATE("a direct chat is unique per pair", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto direct = [&](const UserRecord& from, std::vector<UserId> to) {
    CreateChat create;
    create.type = ChatType::direct;
    create.id = store.new_chat_id();
    create.participants = std::move(to);
    return store->create(store.actor(from), create);
  };
  const auto made = direct(ada, {bob.id});
  REQUIRE(made.ok());
  CHECK(made->created);
  CHECK(made->chat.role == ParticipantRole::member);
  const auto again = direct(bob, {ada.id});
  REQUIRE(again.ok());
  CHECK_FALSE(again->created);
  CHECK(again->events.empty());
  CHECK(again->chat.id == made->chat.id);
  CHECK(again->chat.participants[0].user == bob.id);
  CHECK(store.log_of(bob.id).size() == 1);
  CHECK(outcome(direct(ada, {})) == "bad_request");
  CHECK(outcome(direct(ada, {ada.id})) == "bad_request");
  const auto eve = store.add_user("eve");
  CHECK(outcome(direct(ada, {bob.id, eve.id})) == "bad_request");

  const auto chat = made->chat.id;
  CHECK(outcome(store->add(store.actor(ada), chat, eve.id)) == "conflict");
  CHECK(outcome(store->drop(store.actor(ada), chat, ada.id)) == "conflict");
  CHECK(outcome(store->drop(store.actor(ada), chat, bob.id)) == "conflict");
  CHECK(outcome(store->moderate(store.actor(ada), against(chat, Action::mute, bob))) ==
        "forbidden");
}

TEST_CASE_TEMPLATE("an Idempotency-Key makes one chat", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto create_with = [&](const UserRecord& user, const std::string& digest) {
    CreateChat create;
    create.id = store.new_chat_id();
    create.idempotency = Idempotency{.path = "/chats", .key = "k1", .request_digest = digest};
    return store->create(store.actor(user), create);
  };
  const auto made = create_with(ada, "one");
  REQUIRE(made.ok());
  CHECK(made->created);
  const auto again = create_with(ada, "one");
  REQUIRE(again.ok());
  CHECK_FALSE(again->created);
  CHECK(again->chat.id == made->chat.id);
  CHECK(again->events.empty());
  CHECK(outcome(create_with(ada, "two")) == "conflict");
  CHECK(create_with(bob, "two")->created);  // per user
  store.advance(std::chrono::hours{25});
  const auto later = create_with(ada, "two");
  REQUIRE(later.ok());
  CHECK(later->created);
  CHECK_FALSE(create_with(ada, "two")->created);
}

TEST_CASE_TEMPLATE("who may bring whom, with which role", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto owner = store.add_user("owner");
  const auto moderator = store.add_user("moderator");
  const auto member = store.add_user("member");
  const auto stranger = store.add_user("stranger");
  const auto chat = store.add_group({owner, moderator, member});
  store.set_role(owner, chat, moderator, ParticipantRole::moderator);
  int newcomers = 0;
  struct Row {
    const UserRecord& who;
    ParticipantRole role;
    std::string_view expected;
  };
  for (const Row& row :
       {Row{owner, ParticipantRole::member, "ok"}, Row{owner, ParticipantRole::moderator, "ok"},
        Row{owner, ParticipantRole::owner, "ok"}, Row{moderator, ParticipantRole::member, "ok"},
        Row{moderator, ParticipantRole::moderator, "forbidden"},
        Row{moderator, ParticipantRole::owner, "forbidden"},
        Row{member, ParticipantRole::member, "forbidden"},
        Row{stranger, ParticipantRole::member, "not_found"}}) {
    const auto newcomer = store.add_user(numbered("newcomer", ++newcomers));
    const auto added = store->add(store.actor(row.who), chat, newcomer.id, row.role);
    CHECK(outcome(added) == row.expected);
    CHECK(outcome(store->attach(chat, newcomer.key)) ==
          (row.expected == "ok" ? "ok" : "forbidden"));
    if (!added) continue;
    CHECK(store->attach(chat, newcomer.key)->role == row.role);
    CHECK(added->events.size() == 2);
    CHECK(store.log_of(newcomer.id).size() == 1);
    CHECK(store.log_of(chat).back().type == EventType::participant_join);
    CHECK(store.log_of(chat).back().role == row.role);
    CHECK(store.log_of(chat).back().by == row.who.id);
  }
  CHECK(outcome(store->add(store.actor(owner), chat, member.id)) == "conflict");
  CHECK(outcome(store->add(store.actor(owner), chat, store.new_user_id())) == "not_found");
  CHECK(outcome(store->add(store.actor(owner), store.new_chat_id(), member.id)) == "not_found");
  REQUIRE(store->moderate(store.actor(owner), against(chat, Action::ban, member)).ok());
  CHECK(outcome(store->add(store.actor(owner), chat, member.id)) == "forbidden");
}

TEST_CASE_TEMPLATE("who may remove whom", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto owner = store.add_user("owner");
  const auto moderator = store.add_user("moderator");
  const auto second = store.add_user("second");
  const auto member = store.add_user("member");
  const auto other = store.add_user("other");
  const auto stranger = store.add_user("stranger");
  const auto chat = store.add_group({owner, moderator, second, member, other});
  store.set_role(owner, chat, moderator, ParticipantRole::moderator);
  store.set_role(owner, chat, second, ParticipantRole::moderator);
  const auto drop = [&](const UserRecord& who, const UserRecord& whom) {
    return outcome(store->drop(store.actor(who), chat, whom.id));
  };
  CHECK(drop(stranger, member) == "not_found");
  CHECK(drop(stranger, stranger) == "not_found");
  CHECK(drop(member, other) == "forbidden");
  CHECK(drop(member, owner) == "forbidden");
  CHECK(drop(moderator, second) == "forbidden");
  CHECK(drop(moderator, owner) == "forbidden");
  CHECK(drop(moderator, stranger) == "not_found");
  CHECK(drop(owner, owner) == "conflict");  // the last one, while others remain
  const Seq head = store.log_of(chat).size();
  CHECK(drop(moderator, other) == "ok");
  const auto left = store.log_of(chat).back();
  CHECK(left.seq == head + 1);
  CHECK(left.type == EventType::participant_leave);
  CHECK(left.user == other.id);
  CHECK(left.by == moderator.id);
  CHECK(drop(member, member) == "ok");
  CHECK(drop(member, member) == "not_found");
  CHECK(outcome(store->get(store.actor(member), chat)) == "not_found");
  CHECK(store->followable(member.key, 10)->empty());
  CHECK(store->get(store.actor(owner), chat)->participant_count == 3);
  CHECK(drop(owner, moderator) == "ok");
  CHECK(drop(owner, second) == "ok");
  CHECK(drop(owner, owner) == "ok");  // nobody remains
}

TEST_CASE_TEMPLATE("what one does not take part in is told from nothing by nobody", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto eve = store.add_user("eve");
  const auto real = store.add_group({ada});
  const auto elsewhere = store.add_group({eve});
  const auto sent = store.say(ada, real, "text");
  const auto actor = [&] { return store.actor(eve); };
  for (const ChatId chat : {real, store.new_chat_id()}) {
    CHECK(outcome(store->get(actor(), chat)) == "not_found");
    CHECK(outcome(store->edit(actor(), {chat, sent.message, text_content("x")})) == "not_found");
    CHECK(outcome(store->remove(actor(), {chat, sent.message, ""})) == "not_found");
    CHECK(outcome(store->react(actor(), {chat, sent.message, "👍", true})) == "not_found");
    CHECK(outcome(store->moderate(actor(), against(chat, Action::ban, ada))) == "not_found");
    CHECK(outcome(store->mark_read(actor(), chat, sent.message)) == "not_found");
    CHECK(outcome(store->report(actor(), chat, sent.message, store.new_report_id())) ==
          "not_found");
    CHECK(outcome(store->add(actor(), chat, eve.id)) == "not_found");
    CHECK(outcome(store->drop(actor(), chat, ada.id)) == "not_found");
    CHECK(outcome(store->history(
              actor(), {.chat = chat, .before_seq = {}, .after_seq = {}, .before_time = {}})) ==
          "forbidden");
  }
  // A foreign message under a chat of one's own.
  CHECK(outcome(store->edit(actor(), {elsewhere, sent.message, text_content("x")})) == "not_found");
  CHECK(outcome(store->remove(actor(), {elsewhere, sent.message, ""})) == "not_found");
  CHECK(outcome(store->react(actor(), {elsewhere, sent.message, "👍", true})) == "not_found");
  CHECK(outcome(store->mark_read(actor(), elsewhere, sent.message)) == "not_found");
  CHECK(store.log_of(real).size() == 2);
}

}  // namespace
}  // namespace kith
