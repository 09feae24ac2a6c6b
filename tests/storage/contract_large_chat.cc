// Chats of more participants than are named one by one, and users of many chats.
#include <algorithm>
#include <set>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

// Seeded: users and rooms by the hundred, without a commit for each.
struct Crowd {
  Crowd(StoreFixture& fixture, std::uint32_t users, std::uint32_t rooms) : store(fixture) {
    auto made = store.storage().seed({.users = users,
                                      .rooms = rooms,
                                      .members = users,
                                      .password_hash = "hash",
                                      .now = store.now()});
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    seeded = std::move(*made);
  }
  UserRecord user(std::size_t index) {
    auto found = store.storage().find_user_now(seeded.users[index].id);
    REQUIRE(found.ok());
    return *found;
  }

  StoreFixture& store;
  Seeded seeded;
};

TEST_CASE_TEMPLATE("in a large chat counts stand for names", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const std::uint32_t size = limits::kReceiptsParticipantsMax + 5;
  Crowd crowd(store, size, 1);
  const ChatId chat = crowd.seeded.chats[0].id;
  const auto owner = crowd.user(0);
  const auto reader = crowd.user(size - 1);
  const auto sent = store.say(owner, chat, "to all");
  REQUIRE(store->mark_read(store.actor(reader), chat, sent.message)->participants == size);

  const auto attached = store->attach(chat, reader.key);
  REQUIRE(attached.ok());
  CHECK(attached->participants == size);
  CHECK(attached->receipts.empty());
  const auto got = store->get(store.actor(reader), chat);
  REQUIRE(got.ok());
  CHECK(got->participant_count == size);
  REQUIRE(got->participants.size() == limits::kReceiptsParticipantsMax);
  CHECK(got->participants.front().user == reader.id);
  CHECK(got->participants.front().last_read_seq == sent.seq);
  HistoryRequest request;
  request.chat = chat;
  request.with_read_by = true;
  const auto history = store->history(store.actor(owner), request);
  REQUIRE(history.ok());
  CHECK(history->participants == size);
  CHECK(history->messages.at(0).read_by.empty());
  CHECK(history->messages.at(0).read_count == 1);
  CHECK(history->messages.at(0).others == size - 1);
  CHECK(store->list(store.actor(reader), std::nullopt, 10)->chats.at(0).unread_count == 0);
}

TEST_CASE_TEMPLATE("many chats are listed each once, also those where nothing has happened",
                   Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Crowd crowd(store, 2, limits::kChatListMax + 30);
  const auto ada = crowd.user(0);
  const auto last = crowd.seeded.chats[7].id;
  store.say(ada, last, "the newest");
  CHECK(store->followable(ada.key, 512)->size() == crowd.seeded.chats.size());
  CHECK(store->followable(ada.key, 512)->front() == last);
  for (const std::uint32_t limit : {50U, 10'000U}) {
    std::vector<ChatId> listed;
    std::optional<std::string> cursor;
    do {
      const auto page = store->list(store.actor(ada), cursor, limit);
      REQUIRE(page.ok());
      CHECK(page->chats.size() <= std::min(limit, limits::kChatListMax));
      for (const auto& chat : page->chats) listed.push_back(chat.id);
      cursor = page->next_cursor;
    } while (cursor);
    CHECK(listed == *store->followable(ada.key, 512));
    CHECK(std::set(listed.begin(), listed.end()).size() == crowd.seeded.chats.size());
  }
}

TEST_CASE_TEMPLATE("too many to begin a chat with", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Crowd crowd(store, limits::kInitialParticipantsMax + 2, 0);
  const auto ada = crowd.user(0);
  CreateChat create;
  create.id = store.new_chat_id();
  for (const auto& user : crowd.seeded.users) create.participants.push_back(user.id);
  CHECK(outcome(store->create(store.actor(ada), create)) == "too_large");
  create.participants.pop_back();  // the creator is among them and does not count
  const auto made = store->create(store.actor(ada), create);
  REQUIRE(made.ok());
  CHECK(made->chat.participant_count == limits::kInitialParticipantsMax + 1);
  CHECK(store.log_of(create.id).size() == limits::kInitialParticipantsMax + 1);
}

}  // namespace
}  // namespace kith
