// EventLog: attach, read, measure.
#include <map>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

Moderate hide(ChatId chat, MessageId message,
              command::ModerationAction action = command::ModerationAction::hide) {
  return {.chat = chat,
          .action = action,
          .message = message,
          .user = {},
          .reason = "rude",
          .until = {}};
}

TEST_CASE_TEMPLATE("a replay shows every message with its content of now", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto kept = store.say(bob, chat, "kept");
  const auto edited = store.say(bob, chat, "before");
  const auto deleted = store.say(bob, chat, "to go");
  const auto hidden = store.say(bob, chat, "to hide");
  REQUIRE(store->edit(store.actor(bob), {chat, edited.message, text_content("after")}).ok());
  REQUIRE(store->edit(store.actor(bob), {chat, deleted.message, text_content("still")}).ok());
  REQUIRE(store->react(store.actor(ada), {chat, kept.message, "👍", true}).ok());
  REQUIRE(store->remove(store.actor(ada), {chat, deleted.message, "spam"}).ok());
  REQUIRE(store->moderate(store.actor(ada), hide(chat, hidden.message)).ok());

  auto log = store.log_of(chat);
  REQUIRE(log.size() == 11);
  CHECK(log[0].type == EventType::participant_join);
  CHECK(log[0].user == ada.id);
  CHECK(log[0].by == ada.id);
  CHECK(log[0].role == ParticipantRole::owner);
  CHECK(log[1].user == bob.id);
  CHECK(log[1].role == ParticipantRole::member);
  CHECK(log[2].type == EventType::message_new);
  CHECK(log[2].content == text_content("kept").json);
  CHECK(log[2].user == bob.id);
  CHECK(log[2].message == kept.message);
  CHECK(log[2].at == kept.sent_at);
  CHECK(log[3].content == text_content("after").json);
  CHECK(log[4].content == kTombstoneJson);
  CHECK(log[5].content == kTombstoneJson);
  CHECK(log[6].type == EventType::message_update);
  CHECK(log[6].content == text_content("after").json);
  CHECK(log[7].content == kTombstoneJson);
  CHECK(log[8].type == EventType::reaction_add);
  CHECK(log[8].user == ada.id);
  CHECK(log[8].message == kept.message);
  CHECK(log[8].emoji == "👍");
  CHECK(log[9].type == EventType::message_delete);
  CHECK(log[9].user == bob.id);
  CHECK(log[9].by == ada.id);
  CHECK(log[9].content.empty());
  CHECK(log[10].type == EventType::system_moderation);
  CHECK(log[10].action == command::ModerationAction::hide);
  CHECK(log[10].message == hidden.message);
  CHECK(log[10].by == ada.id);
  CHECK(log[10].reason == "rude");

  using Action = command::ModerationAction;
  REQUIRE(store->moderate(store.actor(ada), hide(chat, hidden.message, Action::restore)).ok());
  CHECK(store.log_of(chat)[5].content == text_content("to hide").json);
}

TEST_CASE_TEMPLATE("what a change answers is what the log replays", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto sent = store.say(bob, chat, "text");
  const auto until = store.now() + std::chrono::hours{1};
  std::vector<DurableEvent> live;
  const auto keep = [&](Result<Committed> result) {
    REQUIRE(result.ok());
    REQUIRE(result->events.size() == 1);
    live.push_back(std::move(result->events.front()));
  };
  keep(store->react(store.actor(bob), {chat, sent.message, "🎉", true}));
  keep(store->react(store.actor(bob), {chat, sent.message, "🎉", false}));
  keep(store->edit(store.actor(bob), {chat, sent.message, text_content("edited")}));
  keep(store->moderate(store.actor(ada), {.chat = chat,
                                          .action = command::ModerationAction::mute,
                                          .message = {},
                                          .user = bob.id,
                                          .reason = "loud",
                                          .until = until}));
  keep(store->drop(store.actor(ada), chat, bob.id));
  const auto page = store->read({.channel = chat, .reader = ada.key, .after = sent.seq});
  REQUIRE(page.ok());
  REQUIRE(page->events.size() == live.size());
  for (std::size_t i = 0; i < live.size(); ++i) {
    std::string replayed;
    std::string published;
    append_event_json(replayed, page->events[i]);
    append_event_json(published, live[i]);
    CHECK(replayed == published);
    CHECK(live[i].seq == sent.seq + 1 + i);
  }
}

TEST_CASE_TEMPLATE("pages join without hole or repeat, whatever their size", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  for (int i = 0; i < 120; ++i) {
    store->append_later(
        store.message(ada, chat, std::string(static_cast<std::size_t>(i) * 50, 'x')));
  }
  store->flush();
  const auto sent = store.say(ada, chat, "last");
  for (int i = 0; i < 20; ++i) {
    REQUIRE(store->react(store.actor(ada), {chat, sent.message, std::to_string(i), true}).ok());
  }
  const Seq head = 1 + 120 + 1 + 20;
  for (const std::uint32_t events_max : {1U, 7U, 100U, 10'000U}) {
    for (const std::size_t bytes_max :
         {std::size_t{1}, std::size_t{20'000}, std::size_t{1} << 30}) {
      Seq after = 0;
      while (after < head) {
        const auto page = store->read({.channel = chat,
                                       .reader = ada.key,
                                       .after = after,
                                       .events_max = events_max,
                                       .bytes_max = bytes_max});
        REQUIRE(page.ok());
        CHECK(page->head == head);
        CHECK(page->trimmed_to == 0);
        REQUIRE_FALSE(page->events.empty());
        CHECK(page->events.size() <= events_max);
        std::size_t bytes = 0;
        for (const auto& event : page->events) {
          REQUIRE(event.seq == ++after);
          CHECK(event.channel == ChannelId(chat));
          bytes += event.content.size();
        }
        CHECK((page->events.size() == 1 || bytes <= bytes_max));
      }
    }
  }
  const auto beyond = store->read({.channel = chat, .reader = ada.key, .after = head + 5});
  REQUIRE(beyond.ok());
  CHECK(beyond->events.empty());
  CHECK(beyond->head == head);
}

TEST_CASE_TEMPLATE("the right to read is looked at with every page", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const auto chat = store.add_group({ada, bob});
  store.say(ada, chat, "text");
  const auto read = [&](ChannelId channel, std::optional<UserKey> reader) {
    return outcome(store->read({.channel = channel, .reader = reader, .after = 0}));
  };
  const auto attach = [&](ChannelId channel, UserKey user) {
    return outcome(store->attach(channel, user));
  };
  CHECK(read(chat, bob.key) == "ok");
  CHECK(attach(chat, bob.key) == "ok");
  CHECK(read(chat, std::nullopt) == "ok");  // the shard itself
  CHECK(read(chat, eve.key) == "forbidden");
  CHECK(attach(chat, eve.key) == "forbidden");
  CHECK(outcome(store->access(eve.key, chat)) == "forbidden");
  CHECK(read(ada.id, ada.key) == "ok");
  CHECK(attach(ada.id, ada.key) == "ok");
  CHECK(read(ada.id, bob.key) == "forbidden");
  CHECK(attach(ada.id, bob.key) == "forbidden");
  for (const ChannelId channel :
       {ChannelId(store.new_chat_id()), ChannelId(store.new_user_id()),
        ChannelId(IdKind::club, chat.uuid), ChannelId(IdKind::user, chat.uuid),
        ChannelId(IdKind::chat, ada.id.uuid)}) {
    CHECK(read(channel, ada.key) == "forbidden");
    CHECK(attach(channel, ada.key) == "forbidden");
  }
  CHECK(read(store.new_chat_id(), std::nullopt) == "forbidden");

  REQUIRE(store->drop(store.actor(bob), chat, bob.id).ok());
  CHECK(read(chat, bob.key) == "forbidden");
  CHECK(attach(chat, bob.key) == "forbidden");
  CHECK(outcome(store->access(bob.key, chat)) == "forbidden");
}

TEST_CASE_TEMPLATE("attach tells the head and who has read how far", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto sent = store.say(ada, chat, "text");
  REQUIRE(store->mark_read(store.actor(bob), chat, sent.message).ok());
  const auto attached = store->attach(chat, bob.key);
  REQUIRE(attached.ok());
  CHECK(attached->head == sent.seq);
  CHECK(attached->participants == 2);
  CHECK(attached->role == ParticipantRole::member);
  std::map<UserId, Seq> receipts;
  for (const auto& receipt : attached->receipts) receipts[receipt.user] = receipt.last_read_seq;
  CHECK(receipts == std::map<UserId, Seq>{{ada.id, 0}, {bob.id, sent.seq}});
  CHECK(store->attach(chat, ada.key)->role == ParticipantRole::owner);
  CHECK(store->access(bob.key, chat)->head == sent.seq);
  CHECK(store->access(bob.key, chat)->key == attached->key);

  const auto own = store->attach(ada.id, ada.key);
  REQUIRE(own.ok());
  CHECK(own->head == 1);  // notification.new of the chat
  CHECK(own->receipts.empty());
}

TEST_CASE_TEMPLATE("measure counts what was missed", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  for (int i = 0; i < 10; ++i) store.say(ada, chat, std::string(1000, 'x'));
  const auto some = store->measure(chat, 6);
  REQUIRE(some.ok());
  CHECK(some->events == 5);
  CHECK(some->bytes > 5'000);
  CHECK(some->bytes < 10'000);
  CHECK(store->measure(chat, 11)->events == 0);
  CHECK(store->measure(chat, 11)->bytes == 0);
  CHECK(store->measure(chat, 1'000)->events == 0);
  CHECK(outcome(store->measure(store.new_chat_id(), 0)) == "forbidden");
  for (int i = 0; i < 20; ++i) {
    store->append_later(store.message(ada, chat, std::string(60'000, 'x')));
  }
  store->flush();
  CHECK(store->measure(chat, 0)->events == 31);
  CHECK(store->measure(chat, 0)->bytes > limits::kReplayBytesMax);
}

}  // namespace
}  // namespace kith
