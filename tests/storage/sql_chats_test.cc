// What is particular to chats over SQL: bounded counts, signed cursors, times found by halving.
#include "sql_file.h"
#include "storage/sql_chat_list.h"

namespace kith {
namespace {

std::vector<ChatId> listed(const ChatList& list) {
  std::vector<ChatId> out;
  for (const auto& chat : list.chats) out.push_back(chat.id);
  return out;
}

}  // namespace

TEST_CASE("a list in pages is the list, whatever the size of the pages") {
  SqlFile file;
  auto& store = file.store();
  const auto me = store.add_user("Olga");
  std::vector<ChatId> chats;
  for (int i = 0; i < 7; ++i) chats.push_back(store.add_group({me}));
  store.say(me, chats[2], "newest");
  const auto whole = store->list(store.actor(me), std::nullopt, 100);
  REQUIRE(whole.ok());
  const auto expected = listed(*whole);
  CHECK(expected ==
        std::vector{chats[2], chats[6], chats[5], chats[4], chats[3], chats[1], chats[0]});
  for (std::uint32_t size = 1; size <= 8; ++size) {
    std::vector<ChatId> paged;
    std::optional<std::string> cursor;
    do {
      const auto page = store->list(store.actor(me), cursor, size);
      REQUIRE(page.ok());
      CHECK(page->chats.size() <= size);
      for (const auto& chat : page->chats) paged.push_back(chat.id);
      cursor = page->next_cursor;
    } while (cursor);
    CHECK(paged == expected);
  }
}

TEST_CASE("a cursor that was changed, made up or is somebody else's is refused") {
  SqlFile file;
  auto& store = file.store();
  const auto me = store.add_user("Olga");
  const auto other = store.add_user("Max");
  for (int i = 0; i < 3; ++i) store.add_group({me, other});
  const auto page = store->list(store.actor(me), std::nullopt, 1);
  REQUIRE(page.ok());
  REQUIRE(page->next_cursor.has_value());
  const std::string cursor = *page->next_cursor;
  CHECK(store->list(store.actor(me), cursor, 1).ok());
  CHECK(outcome(store->list(store.actor(other), cursor, 1)) == "bad_request");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(outcome(store->list(store.actor(me), changed, 1)) == "bad_request");
  }
  for (const std::string& made_up :
       {std::string(), std::string("0"), std::string("-1"), cursor + "A", cursor + "=",
        cursor.substr(1), std::string(43, 'A'), std::string(100'000, 'A'), std::string("\0", 1)}) {
    CHECK(outcome(store->list(store.actor(me), made_up, 1)) == "bad_request");
  }
}

TEST_CASE("history before a time finds its place among other events and deleted messages") {
  SqlFile file;
  auto& store = file.store();
  const auto me = store.add_user("Olga");
  const auto other = store.add_user("Max");
  const auto chat = store.add_group({me, other});
  std::vector<Append> sent;
  for (int i = 0; i < 40; ++i) {
    Append append = store.message(me, chat, "text " + std::to_string(i));
    sent.push_back(append);
    REQUIRE(store->append(append).ok());
    if (i % 3 == 0) {
      REQUIRE(store
                  ->react(store.actor(other),
                          {.chat = chat, .message = append.message, .emoji = "x", .add = true})
                  .ok());
    }
    if (i % 5 == 0) {
      REQUIRE(
          store->remove(store.actor(me), {.chat = chat, .message = append.message, .reason = {}})
              .ok());
    }
    store.advance(std::chrono::seconds{1});
  }
  for (std::size_t i = 0; i <= sent.size(); ++i) {
    HistoryRequest request;
    request.chat = chat;
    request.limit = 3;
    request.before_time =
        i < sent.size() ? sent[i].sent_at : sent.back().sent_at + std::chrono::hours{1};
    const auto page = store->history(store.actor(me), request);
    REQUIRE(page.ok());
    REQUIRE(page->messages.size() == std::min<std::size_t>(i, 3));
    CHECK(page->more == (i > 3));
    for (std::size_t k = 0; k < page->messages.size(); ++k) {
      CHECK(page->messages[k].message == sent[i - page->messages.size() + k].message);
    }
  }
}

}  // namespace kith
