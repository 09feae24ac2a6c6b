// EventLog: heads_since.
#include <map>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("a look at the heads covers exactly what was appended", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto other = store.add_group({ada});
  const auto start = store->heads_since(std::nullopt);
  REQUIRE(start.ok());
  CHECK(start->heads.empty());
  const auto quiet = store->heads_since(start->position);
  REQUIRE(quiet.ok());
  CHECK(quiet->heads.empty());
  CHECK(quiet->position == start->position);

  store.say(ada, chat, "one");
  const auto sent = store.say(ada, chat, "two");
  const auto look = store->heads_since(quiet->position);
  REQUIRE(look.ok());
  REQUIRE(look->heads.size() == 1);
  CHECK(look->heads[0].channel == ChannelId(chat));
  CHECK(look->heads[0].seq == sent.seq);
  CHECK(look->position > quiet->position);

  store.say(ada, other, "three");
  REQUIRE(store->react(store.actor(ada), {chat, sent.message, "👍", true}).ok());
  const auto bob = store.add_user("bob");
  REQUIRE(store->add(store.actor(ada), other, bob.id).ok());
  std::map<ChannelId, Seq> heads;
  const auto newest = store->heads_since(look->position);
  REQUIRE(newest.ok());
  for (const auto& head : newest->heads) {
    CHECK(heads.emplace(head.channel, head.seq).second);
  }
  CHECK(heads == std::map<ChannelId, Seq>{{chat, sent.seq + 1}, {other, 3}, {bob.id, 1}});
  CHECK(store->heads_since(store->heads_since(std::nullopt)->position)->heads.empty());
  CHECK(store->heads_since(Position{1'000'000})->heads.empty());
  // The position is of a log that was longer: what is asked for is told of all the same.
  CHECK(store->heads_since(Position{1'000'000}, std::vector<ChannelId>{chat})->heads.size() == 1);
}

TEST_CASE_TEMPLATE("a look at few channels tells of these, however much was appended to others",
                   Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto quiet = store.add_group({ada});
  const auto busy = store.add_group({ada});
  const auto start = store->heads_since(std::nullopt);
  REQUIRE(start.ok());
  const auto sent = store.say(ada, chat, "one");
  for (int i = 0; i < 10; ++i) store.say(ada, busy, "another");
  const auto look = [&](AskedChannels asked) {
    std::map<ChannelId, Seq> heads;
    const auto found = store->heads_since(start->position, std::move(asked));
    REQUIRE_MESSAGE(found.ok(), found.error().message);
    CHECK(found->position >= start->position + 11);
    for (const auto& head : found->heads) CHECK(heads.emplace(head.channel, head.seq).second);
    return heads;
  };
  const auto quiet_head = store->attach(quiet, ada.key)->head;
  const ChannelId nobodys(store.new_chat_id());
  CHECK(look(std::vector<ChannelId>{}).empty());
  CHECK(look(std::vector<ChannelId>{chat, quiet, nobodys}) ==
        std::map<ChannelId, Seq>{{chat, sent.seq}, {quiet, quiet_head}});
  // Where more are asked for than was appended, what was appended is looked at.
  const auto all = look(std::vector<ChannelId>(100, chat));
  CHECK(all.size() == 2);
  CHECK(all.at(ChannelId(chat)) == sent.seq);
}

}  // namespace
}  // namespace kith
