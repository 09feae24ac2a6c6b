// Group commit: what shares a transaction does not share its fate, and numbers have no holes.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <thread>

#include "store_fixture.h"

namespace kith {
namespace {

void check_gapless(StoreFixture& store, ChatId chat, std::size_t events) {
  Seq expected = 0;
  const auto log = store.log_of(chat);
  for (const DurableEvent& event : log) CHECK(event.seq == ++expected);
  CHECK(log.size() == events);
}

}  // namespace

TEST_CASE("refused and repeated messages in one batch leave no hole") {
  StoreFixture store("sqlite:");
  const UserRecord ada = store.add_user("Ada");
  const UserRecord bob = store.add_user("Bob");
  const ChatId chat = store.add_group({ada});
  const Seq before = store->attach(chat, ada.key)->head;

  const Append first = store.message(ada, chat, "one", "a");
  store->append_later(first);
  store->append_later(store.message(bob, chat, "not in it", "b"));
  store->append_later(first);
  Append orphan = store.message(ada, chat, "two", "c");
  orphan.reply_to = store.new_message_id();
  store->append_later(orphan);
  store->append_later(store.message(ada, chat, "other", "a"));
  store->append_later(store.message(ada, chat, "three", "d"));
  const auto outcomes = store->flush();
  REQUIRE(outcomes.size() == 6);
  CHECK(outcomes[0].result->seq == before + 1);
  CHECK(outcome(outcomes[1].result) == "forbidden");
  CHECK(outcomes[2].result->duplicate);
  CHECK(outcomes[2].result->seq == before + 1);
  CHECK(outcomes[2].result->message == first.message);
  CHECK(outcome(outcomes[3].result) == "not_found");
  CHECK(outcome(outcomes[4].result) == "conflict");
  CHECK(outcomes[5].result->seq == before + 2);
  check_gapless(store, chat, before + 2);
}

TEST_CASE("a repeat that only the table remembers is answered with its original") {
  StoreFixture store("sqlite:");
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Append first = store.message(ada, chat, "one", "a");
  const auto original = store->append(first);
  REQUIRE(original.ok());
  store.reopen();  // the memory of client ids is gone: the unique index speaks

  Append repeat = first;
  repeat.message = store.new_message_id();
  store->append_later(store.message(ada, chat, "before"));
  store->append_later(repeat);
  store->append_later(store.message(ada, chat, "after"));
  const auto outcomes = store->flush();
  CHECK(outcomes[0].result->seq == original->seq + 1);
  CHECK(outcomes[1].result->duplicate);
  CHECK(outcomes[1].result->seq == original->seq);
  CHECK(outcomes[1].result->message == first.message);
  CHECK(outcomes[1].result->sent_at == original->sent_at);
  CHECK(outcomes[2].result->seq == original->seq + 2);
  CHECK(store.storage().stats().careful_batches == 1);
  check_gapless(store, chat, original->seq + 2);
}

TEST_CASE("two shards race with the same client ids: one row, equal answers") {
  StoreFixture store("sqlite:", {}, 2);
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Seq before = store->attach(chat, ada.key)->head;
  constexpr int kMessages = 500;
  std::vector<Append> messages[2];
  for (int i = 0; i < kMessages; ++i) {
    for (auto& side : messages) {
      side.push_back(store.message(ada, chat, "text", "race-" + std::to_string(i)));
    }
  }
  std::vector<AppendOutcome> outcomes[2];
  std::vector<std::thread> threads;
  for (std::size_t side = 0; side < 2; ++side) {
    threads.emplace_back([&, side] {
      for (const Append& message : messages[side]) {
        store.shard(side).append_later(message);
        if (message.client_message_id.ends_with('7')) {
          for (auto& outcome : store.shard(side).flush()) {
            outcomes[side].push_back(std::move(outcome));
          }
        }
      }
      for (auto& outcome : store.shard(side).flush()) outcomes[side].push_back(std::move(outcome));
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(outcomes[0].size() == kMessages);
  REQUIRE(outcomes[1].size() == kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) {
    REQUIRE(outcomes[0][i].result.ok());
    REQUIRE(outcomes[1][i].result.ok());
    CHECK(outcomes[0][i].result->seq == outcomes[1][i].result->seq);
    CHECK(outcomes[0][i].result->message == outcomes[1][i].result->message);
    CHECK(outcomes[0][i].result->duplicate != outcomes[1][i].result->duplicate);
  }
  check_gapless(store, chat, before + kMessages);
}

TEST_CASE("more than a batch at once comes out whole and in order") {
  StoreFixture store("sqlite:");
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Seq before = store->attach(chat, ada.key)->head;
  constexpr std::size_t kMessages = 5000;
  for (std::size_t i = 0; i < kMessages; ++i) {
    store->append_later(store.message(ada, chat, std::to_string(i)));
  }
  const auto outcomes = store->flush();
  REQUIRE(outcomes.size() == kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) CHECK(outcomes[i].result->seq == before + i + 1);
  CHECK(store.storage().stats().commits >= 5);
  check_gapless(store, chat, before + kMessages);
}

TEST_CASE("a full queue refuses with a time, and takes again afterwards") {
  StorageOptions options;
  options.queue_messages_max = 100;
  StoreFixture store("sqlite:", options, 2);
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Seq before = store->attach(chat, ada.key)->head;
  std::size_t committed = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 50; ++round) {
    for (std::size_t shard = 0; shard < 2; ++shard) {
      for (int i = 0; i < 80; ++i) store.shard(shard).append_later(store.message(ada, chat, "x"));
      store.shard(shard).log().submit();
    }
    for (std::size_t shard = 0; shard < 2; ++shard) {
      for (const auto& outcome : store.shard(shard).flush()) {
        if (outcome.result) {
          ++committed;
        } else {
          ++refused;
          CHECK(outcome.result.error().code == ErrorCode::unavailable);
          CHECK(outcome.result.error().retry_after.has_value());
        }
      }
    }
  }
  CHECK(committed + refused == 50 * 2 * 80);
  CHECK(store.storage().stats().refused_jobs == refused);
  CHECK(store->append(store.message(ada, chat, "afterwards")).ok());
  check_gapless(store, chat, before + committed + 1);
}

TEST_CASE("a closed store answers unavailable") {
  StoreFixture store("sqlite:");
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  store->append_later(store.message(ada, chat, "queued"));
  store->log().submit();
  store.storage().close();
  CHECK(store->flush().front().result.ok());  // was queued: committed
  CHECK(outcome(store->append(store.message(ada, chat, "late"))) == "unavailable");
  CHECK(outcome(store->attach(chat, ada.key)) == "unavailable");
}

namespace {

// In a child process: sends for ever, and tells each ack as "client_message_id seq\n".
[[noreturn]] void send_until_killed(const std::string& url, const Append& like, int pipe) {
  auto storage = open_storage({.url = url});
  if (!storage) _exit(1);
  PumpedQueue queue;
  auto shard = (*storage)->for_shard(queue);
  UuidGenerator ids([n = static_cast<std::uint64_t>(getpid())]() mutable { return n += 7; });
  std::size_t waiting = 0;
  std::string acks;
  for (int number = 0;;) {
    for (; waiting < 200; ++waiting) {
      Append append = like;
      append.message = MessageId{ids.next(like.sent_at)};
      append.client_message_id = std::to_string(getpid()) + "-" + std::to_string(number++);
      shard->event_log().append(std::move(append), [&](Append&& sent, Result<Appended> result) {
        --waiting;
        if (!result) _exit(2);
        acks += sent.client_message_id;
        acks += ' ';
        acks += std::to_string(result->seq);
        acks += '\n';
      });
    }
    shard->event_log().submit();
    queue.pump_until([&] { return !acks.empty(); });
    if (write(pipe, acks.data(), acks.size()) != static_cast<ssize_t>(acks.size())) _exit(3);
    acks.clear();
  }
}

}  // namespace

TEST_CASE("what was acked survives kill -9, with its number") {
  TemporaryDirectory directory;
  const std::string url = "sqlite:" + directory.path().string();
  Append like;
  {
    auto storage = open_storage({.url = url});
    REQUIRE(storage.ok());
    const auto seeded = (*storage)->seed({.users = 1, .rooms = 1, .members = 1});
    REQUIRE(seeded.ok());
    like.chat = seeded->chats[0].id;
    like.sender = seeded->users[0].id;
    like.sender_key = (*storage)->find_user_now(like.sender)->key;
    like.content = text_content("text");
    like.sent_at = WallTime{std::chrono::milliseconds{1'714'000'000'000}};
  }
  std::map<std::string, Seq> acked;
  std::string epoch;
  for (std::size_t cycle = 1; cycle <= 8; ++cycle) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) send_until_killed(url, like, ends[1]);
    close(ends[1]);
    std::string text;
    char buffer[4096];
    bool killed = false;
    for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(count));
      if (!killed && text.size() > cycle * 3000) killed = kill(child, SIGKILL) == 0;
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::size_t space = text.find(' ', at);
      acked[text.substr(at, space - at)] = std::stoull(text.substr(space + 1, end - space - 1));
    }
    {  // one that only looks reads what the dead one left, without mending it
      const auto look = open_storage({.url = url, .read_only = true});
      REQUIRE(look.ok());
      CHECK((*look)->find_user_now(like.sender).ok());
    }
    auto storage = open_storage({.url = url});
    REQUIRE(storage.ok());
    if (epoch.empty()) epoch = (*storage)->epoch();
    CHECK((*storage)->epoch() == epoch);
    PumpedQueue queue;
    auto shard = (*storage)->for_shard(queue);
    std::size_t waiting = 0;
    for (const auto& [client_id, seq] : acked) {
      Append append = like;
      append.client_message_id = client_id;
      ++waiting;
      shard->event_log().append(std::move(append), [&, expected = seq](Append&&, auto result) {
        --waiting;
        REQUIRE(result.ok());
        CHECK(result->duplicate);
        CHECK(result->seq == expected);
      });
    }
    shard->event_log().submit();
    queue.pump_until([&] { return waiting == 0; });
  }
  CHECK(acked.size() > 1000);
}

}  // namespace kith
