// Chats: what is only read: history, unread counts, lists.
#include <algorithm>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

HistoryRequest history_of(ChatId chat, std::uint32_t limit = limits::kHistoryLimitDefault) {
  HistoryRequest request;
  request.chat = chat;
  request.limit = limit;
  return request;
}

TEST_CASE_TEMPLATE("history pages back and forth without hole or repeat", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  std::vector<Seq> sent;
  for (int i = 0; i < 25; ++i) {
    sent.push_back(store.say(ada, chat, std::string(100, 'x')).seq);
    if (i % 3 == 0) {  // events between them are no messages
      const auto last = store.log_of(chat).back().message;
      REQUIRE(store->react(store.actor(ada), {chat, *last, "👍", true}).ok());
    }
  }
  for (const std::uint32_t limit : {1U, 4U, 25U, 1000U}) {
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{2000}, std::size_t{1} << 20}) {
      auto request = history_of(chat, limit);
      request.bytes_max = bytes_max;
      std::vector<Seq> back;
      for (bool more = true; more;) {
        const auto page = store->history(store.actor(ada), request);
        REQUIRE(page.ok());
        REQUIRE_FALSE(page->messages.empty());
        CHECK(page->messages.size() <= limit);
        for (auto at = page->messages.rbegin(); at != page->messages.rend(); ++at) {
          back.push_back(at->seq);
        }
        request.before_seq = page->messages.front().seq;
        more = page->more;
      }
      std::reverse(back.begin(), back.end());
      CHECK(back == sent);

      std::vector<Seq> forth;
      request.before_seq.reset();
      request.after_seq = 0;
      for (bool more = true; more;) {
        const auto page = store->history(store.actor(ada), request);
        REQUIRE(page.ok());
        for (const auto& message : page->messages) forth.push_back(message.seq);
        request.after_seq = forth.back();
        more = page->more;
      }
      CHECK(forth == sent);
    }
  }
  auto beyond = history_of(chat);
  beyond.after_seq = 10'000;
  CHECK(store->history(store.actor(ada), beyond)->messages.empty());
  CHECK_FALSE(store->history(store.actor(ada), beyond)->more);
  beyond.after_seq.reset();
  beyond.before_seq = 1;
  CHECK(store->history(store.actor(ada), beyond)->messages.empty());
}

TEST_CASE_TEMPLATE("history before a time", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  std::vector<Appended> sent;
  for (int i = 0; i < 10; ++i) {
    store.advance(std::chrono::minutes{1});
    sent.push_back(store.say(ada, chat, "text"));
  }
  auto request = history_of(chat, 3);
  request.before_time = sent[5].sent_at;
  const auto page = store->history(store.actor(ada), request);
  REQUIRE(page.ok());
  REQUIRE(page->messages.size() == 3);
  CHECK(page->messages[0].seq == sent[2].seq);
  CHECK(page->messages[2].seq == sent[4].seq);
  CHECK(page->more);
  request.before_time = sent[0].sent_at;
  CHECK(store->history(store.actor(ada), request)->messages.empty());
  CHECK_FALSE(store->history(store.actor(ada), request)->more);
  request.before_time = store.now();
  CHECK(store->history(store.actor(ada), request)->messages.back().seq == sent[9].seq);
}

TEST_CASE_TEMPLATE("history shows content, edits and deletions of now", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto first = store.message(ada, chat, "first", "c-1");
  const auto plain = store->append(first);
  auto reply = store.message(bob, chat, "before");
  reply.reply_to = first.message;
  const auto edited = store->append(reply);
  const auto deleted = store.say(ada, chat, "to go");
  const auto hidden = store.say(bob, chat, "to hide");
  for (const auto& message : {deleted, hidden}) {
    REQUIRE(store->react(store.actor(bob), {chat, message.message, "👍", true}).ok());
  }
  REQUIRE(store->edit(store.actor(bob), {chat, edited->message, text_content("after")}).ok());
  REQUIRE(store->remove(store.actor(ada), {chat, deleted.message, ""}).ok());
  REQUIRE(store
              ->moderate(store.actor(ada), {.chat = chat,
                                            .action = command::ModerationAction::hide,
                                            .message = hidden.message,
                                            .user = {},
                                            .reason = {},
                                            .until = {}})
              .ok());
  const auto page = store->history(store.actor(ada), history_of(chat));
  REQUIRE(page.ok());
  CHECK(page->participants == 2);
  REQUIRE(page->messages.size() == 4);
  const auto& messages = page->messages;
  CHECK(messages[0].message == first.message);
  CHECK(messages[0].client_message_id == "c-1");
  CHECK(messages[0].sender == ada.id);
  CHECK(messages[0].sent_at == plain->sent_at);
  CHECK(messages[0].content == first.content.json);
  CHECK_FALSE(messages[0].edited_at.has_value());
  CHECK_FALSE(messages[0].reply_to.has_value());
  CHECK(messages[1].content == text_content("after").json);
  CHECK(messages[1].edited_at.has_value());
  CHECK(messages[1].reply_to == first.message);
  for (const auto index : {2U, 3U}) {
    CHECK(messages[index].content == kTombstoneJson);
    CHECK(messages[index].reactions.empty());
  }
  CHECK(messages[2].deleted_at.has_value());
  CHECK_FALSE(messages[3].deleted_at.has_value());
  CHECK(store->get(store.actor(ada), chat)->last_message->content == kTombstoneJson);
  CHECK(store->list(store.actor(ada), std::nullopt, 10)->chats[0].last_message->content ==
        kTombstoneJson);
}

TEST_CASE_TEMPLATE("who has read, and to whom it was delivered", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const auto chat = store.add_group({ada, bob, eve});
  const auto one = store.say(ada, chat, "one");
  const auto two = store.say(bob, chat, "two");
  const auto mark = [&](const UserRecord& who, const Appended& what) {
    const auto marked = store->mark_read(store.actor(who), chat, what.message);
    REQUIRE(marked.ok());
    CHECK(marked->seq == what.seq);
    CHECK(marked->participants == 3);
    return marked->moved;
  };
  CHECK(mark(bob, one));
  CHECK_FALSE(mark(bob, one));
  CHECK(mark(eve, two));
  CHECK_FALSE(mark(eve, one));  // only forward
  CHECK(mark(ada, two));
  store->mark_delivered({{chat, ada.key, 1}, {chat, bob.key, two.seq}, {chat, bob.key, 1}});
  auto request = history_of(chat);
  request.with_read_by = true;
  const auto page = store->history(store.actor(ada), request);
  REQUIRE(page.ok());
  CHECK(page->messages[0].others == 2);
  CHECK(page->messages[0].read_count == 2);
  CHECK(page->messages[0].read_by == std::vector<UserId>{bob.id, eve.id});
  CHECK(page->messages[0].delivered_count == 2);
  CHECK(page->messages[1].read_count == 2);
  CHECK(page->messages[1].read_by == std::vector<UserId>{ada.id, eve.id});
  CHECK(outcome(store->mark_read(store.actor(ada), chat, store.new_message_id())) == "not_found");
  request.with_read_by = false;
  CHECK(store->history(store.actor(ada), request)->messages[0].read_by.empty());
}

TEST_CASE_TEMPLATE("unread are the messages of others, behind one's mark, that stand", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto unread = [&](const UserRecord& who) {
    const auto listed = store->list(store.actor(who), std::nullopt, 10);
    REQUIRE(listed.ok());
    const auto got = store->get(store.actor(who), chat);
    REQUIRE(got.ok());
    CHECK(got->unread_count == listed->chats.at(0).unread_count);
    CHECK(got->last_read_seq == listed->chats.at(0).last_read_seq);
    return got->unread_count;
  };
  CHECK(unread(bob) == 0);
  const auto one = store.say(ada, chat, "one");
  const auto two = store.say(ada, chat, "two");
  store.say(bob, chat, "mine");
  CHECK(unread(bob) == 2);
  CHECK(unread(ada) == 1);
  REQUIRE(store->mark_read(store.actor(bob), chat, one.message).ok());
  CHECK(unread(bob) == 1);
  REQUIRE(store->remove(store.actor(ada), {chat, two.message, ""}).ok());
  CHECK(unread(bob) == 0);
}

TEST_CASE_TEMPLATE("unread messages are counted among the newest thousand", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto unread = [&] {
    const auto got = store->get(store.actor(bob), chat);
    REQUIRE(got.ok());
    CHECK(store->list(store.actor(bob), std::nullopt, 1)->chats.at(0).unread_count ==
          got->unread_count);
    return got->unread_count;
  };
  for (int i = 0; i < 20; ++i) store.say(ada, chat, "before");
  CHECK(unread() == 20);
  std::vector<MessageId> sent;
  for (std::uint32_t i = 0; i < limits::kUnreadCountMax; ++i) {
    store->append_later(store.message(ada, chat, "text"));
  }
  for (const auto& outcome : store->flush()) {
    REQUIRE(outcome.result.ok());
    sent.push_back(outcome.result->message);
  }
  CHECK(unread() == limits::kUnreadCountMax);
  // One's own and what is gone take the places of others.
  REQUIRE(store->remove(store.actor(ada), {chat, sent.back(), ""}).ok());
  store.say(bob, chat, "mine");
  CHECK(unread() == limits::kUnreadCountMax - 2);
  REQUIRE(store->mark_read(store.actor(bob), chat, sent[sent.size() - 6]).ok());
  CHECK(unread() == 4);
}

TEST_CASE_TEMPLATE("chats are listed by their newest activity, in pages", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  std::vector<ChatId> expected;
  for (int i = 0; i < 5; ++i) expected.push_back(store.add_group({ada, bob}));
  const auto sent = store.say(bob, expected[1], "text");
  REQUIRE(store->react(store.actor(bob), {expected[1], sent.message, "👍", true}).ok());
  store.say(bob, expected[0], "text");
  expected = {expected[0], expected[1], expected[4], expected[3], expected[2]};
  CHECK(*store->followable(ada.key, 10) == expected);
  CHECK(store->followable(ada.key, 2)->size() == 2);

  for (const std::uint32_t limit : {1U, 2U, 3U, 5U}) {
    std::vector<ChatId> listed;
    std::optional<std::string> cursor;
    do {
      const auto page = store->list(store.actor(ada), cursor, limit);
      REQUIRE(page.ok());
      CHECK(page->chats.size() <= limit);
      for (const auto& chat : page->chats) {
        listed.push_back(chat.id);
        CHECK(chat.participants.empty());
        CHECK(chat.participant_count == 2);
      }
      cursor = page->next_cursor;
    } while (cursor);
    CHECK(listed == expected);
  }
}

TEST_CASE_TEMPLATE("a cursor that is not ours is a bad request", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  for (int i = 0; i < 3; ++i) store.add_group({ada, bob});
  const auto page = store->list(store.actor(ada), std::nullopt, 1);
  REQUIRE(page.ok());
  const std::string cursor = page->next_cursor.value();
  CHECK(store->list(store.actor(ada), cursor, 1).ok());
  CHECK(outcome(store->list(store.actor(bob), cursor, 1)) == "bad_request");
  std::vector<std::string> forged = {"",
                                     "0",
                                     "-1",
                                     "99999999999999999999",
                                     "x",
                                     cursor + "A",
                                     cursor.substr(1),
                                     "' OR 1=1 --",
                                     std::string(10'000, 'A')};
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == '1' ? '2' : '1';
    forged.push_back(changed);
  }
  for (const auto& text : forged) {
    INFO(text);
    CHECK(outcome(store->list(store.actor(ada), text, 1)) == "bad_request");
  }
}

}  // namespace
}  // namespace kith
