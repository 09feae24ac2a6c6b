// What holds of a store as a whole: order across ports, bytes, closing, restarts.
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("changes of a shard run in order with its appends", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto chat = store.add_group({ada, bob});
  const auto sent = store.message(bob, chat, "text");
  std::vector<std::string> order;
  store->log().append(sent, [&](Append&&, Result<Appended> result) {
    CHECK(result.ok());
    order.emplace_back("append");
  });
  // Not submitted yet: the edit goes behind it all the same.
  store->chats().edit(store.actor(bob), {chat, sent.message, text_content("edited")},
                      [&](Result<Committed> result) {
                        CHECK(result.ok());
                        order.emplace_back("edit");
                      });
  store->chats().remove_participant(store.actor(ada), chat, bob.id, [&](Result<Committed> result) {
    CHECK(result.ok());
    order.emplace_back("removal");
  });
  store->log().append(store.message(bob, chat, "too late"), [&](Append&&, Result<Appended> result) {
    CHECK(outcome(result) == "forbidden");
    order.emplace_back("late");
  });
  store->log().submit();
  store->queue().pump_until([&] { return order.size() == 4; });
  CHECK(order == std::vector<std::string>{"append", "edit", "removal", "late"});
}

TEST_CASE_TEMPLATE("any text comes back byte for byte", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const std::vector<std::string> texts = {std::string(65'000, 'x'),
                                          "👩‍👩‍👧 עברית \u202ex é \xef\xbf\xbf",
                                          "'; DROP TABLE users; --",
                                          "line\nline\t\"quoted\" \\ \x01",
                                          "%_[a]*",
                                          std::string(16'000, '\\')};
  for (const auto& text : texts) {
    const auto sent = store.message(ada, chat, text, numbered("id ", text.size()) + "'\"");
    const auto done = store->append(sent);
    REQUIRE(done.ok());
    const auto page = store->read({.channel = chat, .reader = ada.key, .after = done->seq - 1});
    REQUIRE(page.ok());
    REQUIRE(page->events.size() == 1);
    CHECK(page->events[0].content == sent.content.json);
    CHECK(page->events[0].client_message_id == sent.client_message_id);
  }
}

TEST_CASE_TEMPLATE("a closed store answers, and with unavailable", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  store->append_later(store.message(ada, chat, "in time"));
  store->log().submit();
  store.storage().close();
  CHECK(outcome(store->flush().at(0).result) == "ok");
  CHECK(outcome(store->append(store.message(ada, chat, "late"))) == "unavailable");
  CHECK(outcome(store->get(store.actor(ada), chat)) == "unavailable");
  CHECK(outcome(store->drop(store.actor(ada), chat, ada.id)) == "unavailable");
}

}  // namespace
}  // namespace kith
