// EventLog::append: numbers, repeats, refusals, order.
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

Seq must(const AppendOutcome& outcome) {
  REQUIRE_MESSAGE(outcome.result.ok(), outcome.result.error().message);
  return outcome.result->seq;
}

TEST_CASE_TEMPLATE("messages are numbered without a hole, in the order of the calls", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto other = store.add_group({bob, ada});
  const Seq before = store.log_of(chat).size();
  CHECK(before == 2);  // the two who came

  for (int i = 0; i < 50; ++i) {
    store->append_later(store.message(i % 2 ? ada : bob, chat, numbered("text ", i)));
    store->append_later(store.message(ada, other, numbered("elsewhere ", i)));
  }
  const auto outcomes = store->flush();
  REQUIRE(outcomes.size() == 100);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CHECK(must(outcomes[i]) == before + i / 2 + 1);
    CHECK_FALSE(outcomes[i].result->duplicate);
    CHECK(outcomes[i].result->message == outcomes[i].append.message);
    CHECK(outcomes[i].result->sent_at == outcomes[i].append.sent_at);
    if (i > 1) CHECK(outcomes[i].result->position > outcomes[i - 2].result->position);
  }
  CHECK(store.say(ada, chat, "the next").seq == before + 51);
  CHECK(store.log_of(chat).size() == before + 51);
}

TEST_CASE_TEMPLATE("the command comes back as it was handed over", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const Append sent = store.message(ada, chat, "text", "mine");
  store->append_later(sent);
  const auto outcomes = store->flush();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].append.content.json == sent.content.json);
  CHECK(outcomes[0].append.client_message_id == "mine");
  CHECK(outcomes[0].append.chat == chat);
}

TEST_CASE_TEMPLATE("a repeat is answered with the original, however it comes", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto original = store.message(ada, chat, "text", "mine");
  const auto again = [&] {
    Append repeat = original;
    repeat.message = store.new_message_id();
    repeat.sent_at = store.now();
    return repeat;
  };
  const auto check_repeat = [&](const Result<Appended>& result, Seq seq) {
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    CHECK(result->duplicate);
    CHECK(result->seq == seq);
    CHECK(result->message == original.message);
    CHECK(result->sent_at == original.sent_at);
  };

  // In one batch, among others.
  store->append_later(store.message(bob, chat, "first"));
  store->append_later(original);
  store->append_later(again());
  store->append_later(store.message(bob, chat, "last"));
  const auto outcomes = store->flush();
  const Seq seq = must(outcomes[1]);
  CHECK(must(outcomes[0]) == seq - 1);
  check_repeat(outcomes[2].result, seq);
  CHECK(must(outcomes[3]) == seq + 1);
  CHECK(outcomes[2].result->position == outcomes[1].result->position);

  check_repeat(store->append(again()), seq);
  REQUIRE(store->edit(store.actor(ada), {chat, original.message, text_content("edited")}).ok());
  check_repeat(store->append(again()), seq);
  REQUIRE(store
              ->moderate(store.actor(ada), {.chat = chat,
                                            .action = command::ModerationAction::hide,
                                            .message = original.message,
                                            .user = {},
                                            .reason = {},
                                            .until = {}})
              .ok());
  check_repeat(store->append(again()), seq);
  REQUIRE(store->remove(store.actor(ada), {chat, original.message, ""}).ok());
  check_repeat(store->append(again()), seq);

  // Another sender's or another chat's is another message.
  auto others = store.message(bob, chat, "text", "mine");
  CHECK_FALSE(store->append(others)->duplicate);
  const auto elsewhere = store.add_group({ada, bob});
  CHECK_FALSE(store->append(store.message(ada, elsewhere, "text", "mine"))->duplicate);
}

TEST_CASE_TEMPLATE("a repeat is known after a restart", Adapter, SqliteAdapter, PostgresAdapter) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto original = store.message(ada, chat, "text", "mine");
  const auto sent = store->append(original);
  REQUIRE(sent.ok());
  store.reopen();
  const auto again = store->append(original);
  REQUIRE(again.ok());
  CHECK(again->duplicate);
  CHECK(again->seq == sent->seq);
  CHECK(store.say(ada, chat, "next").seq == sent->seq + 1);
}

TEST_CASE_TEMPLATE("the same client_message_id with another meaning is a conflict", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto first = store.say(ada, chat, "to reply to");
  const auto original = store.message(ada, chat, "text", "mine");
  REQUIRE(store->append(original).ok());
  REQUIRE(store->edit(store.actor(ada), {chat, original.message, text_content("edited")}).ok());

  CHECK(outcome(store->append(store.message(ada, chat, "another", "mine"))) == "conflict");
  CHECK(outcome(store->append(store.message(ada, chat, "edited", "mine"))) == "conflict");
  auto reply = original;
  reply.reply_to = first.message;
  CHECK(outcome(store->append(reply)) == "conflict");
  reply.reply_to = store.new_message_id();  // of nothing
  CHECK(outcome(store->append(reply)) == "conflict");

  // Also where both come in one batch.
  store->append_later(store.message(ada, chat, "one", "twice"));
  store->append_later(store.message(ada, chat, "two", "twice"));
  const auto outcomes = store->flush();
  CHECK(outcome(outcomes[0].result) == "ok");
  CHECK(outcome(outcomes[1].result) == "conflict");
  CHECK(store.log_of(chat).size() == 5);  // join, first, original, edit, one
}

TEST_CASE_TEMPLATE("a refused message takes no number", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto eve = store.add_user("eve");
  const auto chat = store.add_group({ada});
  auto no_reply = store.message(ada, chat, "a reply to nothing");
  no_reply.reply_to = store.new_message_id();

  store->append_later(store.message(ada, chat, "good"));
  store->append_later(store.message(eve, chat, "not in it"));
  store->append_later(store.message(ada, chat, "good"));
  store->append_later(no_reply);
  store->append_later(store.message(ada, store.new_chat_id(), "no such chat"));
  store->append_later(store.message(ada, chat, "good"));
  const auto outcomes = store->flush();
  CHECK(must(outcomes[0]) == 2);
  CHECK(outcome(outcomes[1].result) == "forbidden");
  CHECK(must(outcomes[2]) == 3);
  CHECK(outcome(outcomes[3].result) == "not_found");
  CHECK(outcome(outcomes[4].result) == "forbidden");
  CHECK(must(outcomes[5]) == 4);
  CHECK(store.log_of(chat).size() == 4);
}

TEST_CASE_TEMPLATE("a reply names a message of its own chat", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto elsewhere = store.add_group({ada});
  const auto first = store.say(ada, chat, "first");
  const auto foreign = store.say(ada, elsewhere, "foreign");

  auto reply = store.message(ada, chat, "reply");
  reply.reply_to = foreign.message;
  CHECK(outcome(store->append(reply)) == "not_found");
  reply.reply_to = first.message;
  const auto sent = store->append(reply);
  REQUIRE(sent.ok());
  CHECK(store.log_of(chat).back().reply_to == first.message);

  // To one of the same batch, and to one that is deleted.
  auto base = store.message(ada, chat, "base");
  auto on_it = store.message(ada, chat, "on it");
  on_it.reply_to = base.message;
  store->append_later(base);
  store->append_later(on_it);
  for (const auto& outcome : store->flush()) CHECK(outcome.result.ok());
  REQUIRE(store->remove(store.actor(ada), {chat, base.message, ""}).ok());
  auto on_deleted = store.message(ada, chat, "on what is gone");
  on_deleted.reply_to = base.message;
  CHECK(store->append(on_deleted).ok());
}

TEST_CASE_TEMPLATE("a mute does not take back what was sent before it", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto original = store.message(bob, chat, "text", "mine");
  const Seq seq = must({original, store->append(original)});
  const auto moderate = [&](command::ModerationAction action) {
    return outcome(store->moderate(store.actor(ada), {.chat = chat,
                                                      .action = action,
                                                      .message = {},
                                                      .user = bob.id,
                                                      .reason = {},
                                                      .until = {}}));
  };
  const auto again = [&] {
    Append repeat = original;
    repeat.message = store.new_message_id();
    repeat.sent_at = store.now();
    return store->append(repeat);
  };
  REQUIRE(moderate(command::ModerationAction::mute) == "ok");
  const auto check_repeat = [&] {
    const auto repeat = again();
    REQUIRE_MESSAGE(repeat.ok(), repeat.error().message);
    CHECK(repeat->duplicate);
    CHECK(repeat->seq == seq);
    CHECK(repeat->message == original.message);
    CHECK(repeat->sent_at == original.sent_at);
  };
  check_repeat();
  if (std::string_view(Adapter::kUrl) != MemoryAdapter::kUrl) {
    store.reopen();  // nothing is remembered but what is stored
    check_repeat();
  }
  // Another meaning under the same id is told as to anybody; what is new is refused, each time.
  CHECK(outcome(store->append(store.message(bob, chat, "another", "mine"))) == "conflict");
  const auto fresh = store.message(bob, chat, "text", "new");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = store->append(fresh);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::forbidden);
    CHECK(refused.error().message.find("muted") != std::string::npos);
  }
  REQUIRE(moderate(command::ModerationAction::unmute) == "ok");
  CHECK_FALSE(store->append(fresh)->duplicate);
  // One who is not in it any more learns nothing.
  REQUIRE(store->drop(store.actor(bob), chat, bob.id).ok());
  CHECK(outcome(again()) == "forbidden");
  REQUIRE(store->add(store.actor(ada), chat, bob.id).ok());
  check_repeat();
  REQUIRE(moderate(command::ModerationAction::ban) == "ok");
  CHECK(outcome(again()) == "forbidden");
}

TEST_CASE_TEMPLATE("the right to send is looked at anew with every message", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto try_it = [&] { return outcome(store->append(store.message(bob, chat, "text"))); };
  const auto moderate = [&](command::ModerationAction action,
                            std::optional<WallTime> until = std::nullopt) {
    return store->moderate(store.actor(ada), {.chat = chat,
                                              .action = action,
                                              .message = {},
                                              .user = bob.id,
                                              .reason = {},
                                              .until = until});
  };
  using Action = command::ModerationAction;
  CHECK(try_it() == "ok");
  REQUIRE(moderate(Action::mute).ok());
  const auto muted = store->append(store.message(bob, chat, "text"));
  REQUIRE_FALSE(muted.ok());
  CHECK(muted.error().code == ErrorCode::forbidden);
  CHECK(muted.error().message.find("muted") != std::string::npos);
  REQUIRE(moderate(Action::unmute).ok());
  CHECK(try_it() == "ok");
  REQUIRE(moderate(Action::mute, store.now() + std::chrono::minutes{1}).ok());
  CHECK(try_it() == "forbidden");
  store.advance(std::chrono::minutes{2});
  CHECK(try_it() == "ok");
  REQUIRE(store->drop(store.actor(ada), chat, bob.id).ok());
  CHECK(try_it() == "forbidden");
  REQUIRE(store->add(store.actor(ada), chat, bob.id).ok());
  CHECK(try_it() == "ok");
  REQUIRE(moderate(Action::ban).ok());
  CHECK(try_it() == "forbidden");
  REQUIRE(moderate(Action::unban).ok());
  CHECK(try_it() == "forbidden");  // unban does not bring back
  REQUIRE(store->add(store.actor(ada), chat, bob.id).ok());
  CHECK(try_it() == "ok");
}

}  // namespace
}  // namespace kith
