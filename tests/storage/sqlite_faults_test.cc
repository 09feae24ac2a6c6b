// What the store does when its disk fails (RELIABILITY F15, F16): never an ack without a commit.
#include <doctest/doctest.h>

#include <mutex>

#include "faulty_disk.h"
#include "store_fixture.h"

namespace kith {
namespace {

struct Fatal {
  std::mutex mutex;
  std::vector<std::string> reasons;
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return reasons.size();
  }
};

StorageOptions options_with(Fatal& fatal) {
  StorageOptions options;
  options.on_fatal = [&fatal](const std::string& reason) {
    const std::lock_guard lock(fatal.mutex);
    fatal.reasons.push_back(reason);
  };
  return options;
}

void check_gapless(StoreFixture& store, ChatId chat) {
  Seq expected = 0;
  for (const DurableEvent& event : store.log_of(chat)) CHECK(event.seq == ++expected);
}

}  // namespace

TEST_CASE("a full disk refuses sends, serves reads, and heals by itself") {
  FaultyDisk disk;
  Fatal fatal;
  StoreFixture store("sqlite:", options_with(fatal));
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Appended before = store.say(ada, chat, "before");

  disk.full = true;
  std::vector<Append> refused;
  for (int i = 0; i < 20; ++i) {
    // More than what the log's file can take without growing.
    Append append = store.message(ada, chat, std::string(30'000, 'x'), "full-" + std::to_string(i));
    const auto result = store->append(append);
    if (result) continue;
    CHECK(result.error().code == ErrorCode::unavailable);
    CHECK(result.error().message == "the storage is full");
    CHECK(result.error().retry_after.has_value());
    refused.push_back(append);
  }
  CHECK(refused.size() >= 19);
  CHECK_FALSE(store.storage().stats().healthy);
  const auto page = store->read({.channel = chat, .reader = ada.key});
  REQUIRE(page.ok());
  CHECK(page->head >= before.seq);

  disk.full = false;
  for (const Append& append : refused) {
    const auto retried = store->append(append);
    REQUIRE(retried.ok());
    CHECK_FALSE(retried->duplicate);
  }
  CHECK(store.storage().stats().healthy);
  check_gapless(store, chat);
  CHECK(fatal.count() == 0);
}

TEST_CASE("a change that meets a full disk is refused and leaves nothing behind") {
  FaultyDisk disk;
  Fatal fatal;
  StoreFixture store("sqlite:", options_with(fatal));
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  const Appended sent = store.say(ada, chat, "text");

  disk.full = true;
  bool was_refused = false;
  for (int i = 0; i < 5 && !was_refused; ++i) {
    const auto edited = store->edit(
        store.actor(ada),
        {.chat = chat, .message = sent.message, .content = text_content(std::string(30'000, 'y'))});
    was_refused = !edited;
  }
  REQUIRE(was_refused);
  disk.full = false;
  const Seq head = store->attach(chat, ada.key)->head;
  CHECK(store.say(ada, chat, "after").seq == head + 1);
  check_gapless(store, chat);
}

TEST_CASE("a failed fsync acks nothing, ends the process and is never tried again") {
  FaultyDisk disk;
  Fatal fatal;
  StoreFixture store("sqlite:", options_with(fatal));
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  store.say(ada, chat, "before");

  disk.fsync_fails = true;
  CHECK(outcome(store->append(store.message(ada, chat, "lost"))) == "unavailable");
  CHECK(fatal.count() == 1);
  disk.fsync_fails = false;
  // The process would have ended; whatever still comes is refused without touching the disk.
  disk.writes_after_failed_fsync = 0;
  CHECK(outcome(store->append(store.message(ada, chat, "later"))) == "unavailable");
  CHECK(outcome(store->react(store.actor(ada), {.chat = chat})) == "unavailable");
  CHECK(disk.writes_after_failed_fsync == 0);
  CHECK(fatal.count() == 1);
  CHECK_FALSE(store.storage().stats().healthy);
}

TEST_CASE("a commit that fails on I/O acks nothing and ends the process") {
  FaultyDisk disk;
  Fatal fatal;
  StoreFixture store("sqlite:", options_with(fatal));
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  disk.write_fails = true;
  CHECK(outcome(store->append(store.message(ada, chat, "lost"))) == "unavailable");
  CHECK(fatal.count() == 1);
  disk.write_fails = false;
}

}  // namespace kith
