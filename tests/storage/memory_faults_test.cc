// What a test can make of the memory store: late, lost and refused answers, without breaking the
// ports' promises about order.
#include "storage/memory_storage.h"
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

// A store in memory and one shard of it, with one user in one chat.
struct Faulty {
  Faulty() : storage(make_memory_storage({})), shard(*storage) {
    NewUser user;
    user.id = UserId{uuids.next(now)};
    user.email = "ada@example.org";
    ada = *shard.await<UserRecord>(
        [&](auto done) { shard.accounts().create_user(user, std::move(done)); });
    CreateChat create;
    create.id = ChatId{uuids.next(now)};
    chat = shard.create(actor(), create)->chat.id;
  }
  Actor actor() const { return {.user = ada.id, .key = ada.key, .now = now}; }
  Append message(const std::string& text) {
    Append append;
    append.chat = chat;
    append.sender = ada.id;
    append.sender_key = ada.key;
    append.message = MessageId{uuids.next(now)};
    append.client_message_id = text;
    append.content = text_content(text);
    append.sent_at = now;
    return append;
  }
  void send(const std::string& text) {
    shard.log().append(message(text), [this, text](Append&&, Result<Appended> result) {
      answers.push_back(text + " " + std::string(outcome(result)));
    });
    shard.log().submit();
  }
  void look() {
    shard.log().attach(chat, ada.key, [this](Result<Attached> result) {
      answers.push_back(numbered("head ", result->head));
    });
  }
  void all(MemoryFault fault, MemoryRequest of = MemoryRequest::append) {
    storage->set_faults(
        [fault, of](MemoryRequest request) { return request == of ? fault : MemoryFault::none; });
  }
  std::vector<std::string> answered() {
    shard.queue().pump();
    return std::exchange(answers, {});
  }

  std::uint64_t random = 0;
  UuidGenerator uuids{[this] { return ++random; }};
  WallTime now{std::chrono::milliseconds{1'714'000'000'000}};
  std::unique_ptr<MemoryStorage> storage;
  TestShard shard;
  UserRecord ada;
  ChatId chat;
  std::vector<std::string> answers;
};

using Answers = std::vector<std::string>;

TEST_CASE("nothing is appended before submit") {
  Faulty store;
  bool answered = false;
  store.shard.log().append(store.message("text"),
                           [&](Append&&, Result<Appended>) { answered = true; });
  store.look();
  CHECK(store.answered() == Answers{"head 1"});
  CHECK_FALSE(answered);
  store.shard.log().submit();
  store.look();
  CHECK(store.answered() == Answers{"head 2"});
  CHECK(answered);
}

TEST_CASE("a refused append was not committed, a lost answer's was") {
  Faulty store;
  store.all(MemoryFault::refuse);
  store.send("refused");
  store.look();
  CHECK(store.answered() == Answers{"refused unavailable", "head 1"});
  store.all(MemoryFault::lose_answer);
  store.send("lost");
  store.look();
  CHECK(store.answered() == Answers{"lost unavailable", "head 2"});
  store.storage->set_faults({});
  store.send("lost");  // the retry finds it
  store.look();
  CHECK(store.answered() == Answers{"lost ok", "head 2"});
}

TEST_CASE("a delayed commit holds up the writes behind it, and no read") {
  Faulty store;
  int delayed = 0;
  store.storage->set_faults([&](MemoryRequest request) {
    const bool first = request == MemoryRequest::append && delayed++ == 0;
    return first ? MemoryFault::delay_commit : MemoryFault::none;
  });
  store.send("one");
  store.send("two");
  store.look();
  CHECK(store.answered() == Answers{"head 1"});
  CHECK(store.storage->release());
  store.look();
  CHECK(store.answered() == Answers{"one ok", "two ok", "head 3"});
  CHECK_FALSE(store.storage->release());
}

TEST_CASE("a delayed answer is of what is committed already") {
  Faulty store;
  store.all(MemoryFault::delay_answer);
  store.send("one");
  store.send("two");
  store.look();
  CHECK(store.answered() == Answers{"head 2"});  // the second waits for the first to be answered
  CHECK(store.storage->release());
  CHECK(store.storage->release());
  CHECK_FALSE(store.storage->release());
  store.look();
  CHECK(store.answered() == Answers{"one ok", "two ok", "head 3"});
}

TEST_CASE("a read can be late, and tells what it saw when it was carried out") {
  Faulty store;
  store.all(MemoryFault::delay_answer, MemoryRequest::read);
  store.look();
  store.send("one");
  CHECK(store.answered() == Answers{"one ok"});
  CHECK(store.storage->release());
  CHECK(store.answered() == Answers{"head 1"});
}

TEST_CASE("closing answers everything") {
  Faulty store;
  store.all(MemoryFault::delay_commit);
  store.send("one");
  store.send("two");
  store.storage->close();
  CHECK(store.answered() == Answers{"one ok", "two ok"});
  store.send("late");
  CHECK(store.answered() == Answers{"late unavailable"});
}

TEST_CASE("a full queue answers at once") {
  StorageOptions options;
  options.queue_messages_max = 2;
  const auto storage = make_memory_storage(options);
  TestShard shard(*storage);
  for (int i = 0; i < 3; ++i) shard.append_later({});
  const auto outcomes = shard.flush();
  CHECK(outcome(outcomes[0].result) == "forbidden");
  CHECK(outcome(outcomes[1].result) == "forbidden");
  CHECK(outcome(outcomes[2].result) == "unavailable");
  CHECK(outcomes[2].result.error().retry_after.has_value());
}

TEST_CASE("old events far behind the head go; a replay starts behind the hole they leave") {
  StorageOptions options;
  options.log_keep = std::chrono::hours{1};
  options.log_keep_events = 5;
  StoreFixture store(MemoryAdapter::kUrl, options);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto first = store.say(ada, chat, "first");
  const auto reacted = store->react(store.actor(ada), {chat, first.message, "👍", true});
  REQUIRE(reacted.ok());
  for (int i = 0; i < 10; ++i) store.say(ada, chat, "more");
  const auto read = [&](Seq after) {
    auto page = store->read({.channel = chat, .reader = ada.key, .after = after});
    REQUIRE(page.ok());
    return std::move(*page);
  };
  CHECK(read(0).trimmed_to == 0);  // far behind, but young
  store.advance(std::chrono::hours{2});
  const auto last = store.say(ada, chat, "later");
  const Seq hole = reacted->events[0].seq;
  CHECK(read(0).trimmed_to == hole);
  CHECK(read(hole - 1).trimmed_to == hole);
  CHECK(read(0).events.front().seq == hole + 1);
  CHECK(read(hole).trimmed_to == 0);
  CHECK(read(hole).events.size() == last.seq - hole);
  HistoryRequest request;
  request.chat = chat;
  CHECK(store->history(store.actor(ada), request)->messages.size() == 12);  // messages stay
}

TEST_CASE("the same calls have the same answers") {
  const auto ids = [](std::uint64_t seed) {
    const auto storage = make_memory_storage({}, seed);
    const auto seeded = storage->seed({.users = 3,
                                       .rooms = 1,
                                       .members = 3,
                                       .password_hash = "hash",
                                       .now = WallTime{std::chrono::hours{400'000}}});
    REQUIRE(seeded.ok());
    return storage->epoch() + seeded->users[0].id.text() + seeded->chats[0].id.text();
  };
  CHECK(ids(7) == ids(7));
  CHECK(ids(7) != ids(8));
}

}  // namespace
}  // namespace kith
