// Several shards at once, each on a thread of its own: what they are told agrees with the log.
#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

constexpr std::size_t kShards = 4;
constexpr int kRounds = 60;

template <typename Work>
void on_every_shard(Work work) {
  std::vector<std::thread> threads;
  for (std::size_t index = 0; index < kShards; ++index) threads.emplace_back(work, index);
  for (auto& thread : threads) thread.join();
}

TEST_CASE_TEMPLATE("racing shards leave no hole, and each was told the truth", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, kShards);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < kShards; ++i) {
    users.push_back(store.add_user(numbered("user", i)));
  }
  std::vector<ChatId> chats;
  for (int i = 0; i < 3; ++i) chats.push_back(store.add_group(users));

  // Made before the threads start: the fixture's counters belong to one thread.
  std::vector<std::vector<Append>> plans(kShards);
  for (std::size_t index = 0; index < kShards; ++index) {
    for (int round = 0; round < kRounds * 4; ++round) {
      plans[index].push_back(store.message(users[index], chats[static_cast<std::size_t>(round) % 3],
                                           numbered("text ", round)));
    }
  }
  std::vector<std::vector<AppendOutcome>> outcomes(kShards);
  on_every_shard([&](std::size_t index) {
    TestShard& shard = store.shard(index);
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < 4; ++i) {
        shard.append_later(plans[index][static_cast<std::size_t>(round * 4 + i)]);
      }
      for (auto& outcome : shard.flush()) outcomes[index].push_back(std::move(outcome));
    }
  });

  std::map<ChatId, std::map<Seq, MessageId>> told;
  std::set<Position> positions;
  for (const auto& of_shard : outcomes) {
    std::map<ChatId, Seq> last;
    for (const auto& [append, result] : of_shard) {
      REQUIRE(result.ok());
      CHECK(result->seq > last[append.chat]);  // in the order of the calls
      last[append.chat] = result->seq;
      CHECK(told[append.chat].emplace(result->seq, append.message).second);
      CHECK(positions.insert(result->position).second);
    }
  }
  for (const ChatId chat : chats) {
    const auto log = store.log_of(chat);
    REQUIRE(log.size() == kShards + told[chat].size());
    for (std::size_t seq = kShards + 1; seq <= log.size(); ++seq) {
      CHECK(log[seq - 1].message == told[chat].at(seq));
    }
  }
}

TEST_CASE_TEMPLATE("a message retried on all shards at once is stored once", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, kShards);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  std::vector<std::vector<Append>> plans(kShards);
  for (int round = 0; round < kRounds; ++round) {
    for (auto& plan : plans) {
      plan.push_back(store.message(ada, chat, "same", numbered("client ", round)));
    }
  }
  std::vector<std::vector<AppendOutcome>> outcomes(kShards);
  on_every_shard([&](std::size_t index) {
    for (const Append& append : plans[index]) store.shard(index).append_later(append);
    outcomes[index] = store.shard(index).flush();
  });
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::set<Seq> seqs;
    std::set<MessageId> messages;
    int originals = 0;
    for (const auto& of_shard : outcomes) {
      REQUIRE(of_shard[round].result.ok());
      seqs.insert(of_shard[round].result->seq);
      messages.insert(of_shard[round].result->message);
      originals += of_shard[round].result->duplicate ? 0 : 1;
    }
    CHECK(seqs.size() == 1);
    CHECK(messages.size() == 1);
    CHECK(originals == 1);
  }
  CHECK(store.log_of(chat).size() == 1 + kRounds);
}

TEST_CASE_TEMPLATE("a pair that opens its direct chat from all sides gets one", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, kShards);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  std::vector<CreateChat> plans;
  std::vector<Actor> actors;
  for (std::size_t index = 0; index < kShards; ++index) {
    const bool first = index % 2 == 0;
    actors.push_back(store.actor(first ? ada : bob));
    CreateChat create;
    create.type = ChatType::direct;
    create.id = store.new_chat_id();
    create.participants = {first ? bob.id : ada.id};
    plans.push_back(create);
  }
  std::vector<std::optional<Result<CreatedChat>>> made(kShards);
  on_every_shard([&](std::size_t index) {
    made[index] = store.shard(index).create(actors[index], plans[index]);
  });
  std::set<ChatId> ids;
  std::ptrdiff_t created = 0;
  for (const auto& result : made) {
    REQUIRE((*result).ok());
    ids.insert((*result)->chat.id);
    created += (*result)->created ? 1 : 0;
  }
  CHECK(ids.size() == 1);
  CHECK(created == 1);
  CHECK(store.log_of(*ids.begin()).size() == 2);
}

TEST_CASE_TEMPLATE("what a callback told is seen by every read that follows", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, kShards);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  std::vector<std::vector<Append>> plans(kShards);
  for (auto& plan : plans) {
    for (int round = 0; round < kRounds; ++round) {
      plan.push_back(store.message(ada, chat, "text"));
    }
  }
  std::atomic<int> wrong = 0;
  on_every_shard([&](std::size_t index) {
    TestShard& shard = store.shard(index);
    for (const Append& append : plans[index]) {
      const auto sent = shard.append(append);
      if (!sent) {
        ++wrong;
        continue;
      }
      const auto page = shard.read({.channel = chat, .reader = ada.key, .after = sent->seq - 1});
      const auto heads = shard.heads_since(sent->position - 1);
      const bool seen = page.ok() && !page->events.empty() &&
                        page->events.front().message == append.message && heads.ok() &&
                        heads->heads.size() == 1 && heads->heads.front().seq >= sent->seq;
      if (!seen) ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("a look at the heads by turns misses nothing that commits meanwhile", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, kShards);
  const auto ada = store.add_user("ada");
  std::vector<ChatId> chats;
  for (int i = 0; i < 8; ++i) chats.push_back(store.add_group({ada}));
  std::vector<std::vector<Append>> plans(kShards);
  for (std::size_t index = 1; index < kShards; ++index) {
    for (int round = 0; round < kRounds * 2; ++round) {
      plans[index].push_back(
          store.message(ada, chats[static_cast<std::size_t>(round) % chats.size()], "text"));
    }
  }
  std::map<ChannelId, Seq> known;
  std::atomic<std::size_t> writers = kShards - 1;
  on_every_shard([&](std::size_t index) {
    TestShard& shard = store.shard(index);
    if (index > 0) {
      for (const Append& append : plans[index]) {
        shard.append_later(append);
        shard.flush();
      }
      --writers;
      return;
    }
    Position position = 0;
    for (bool last = false; !last;) {
      last = writers == 0;  // one more look after everything has been committed
      const auto look = shard.heads_since(position);
      if (!look) return;
      position = look->position;
      for (const auto& head : look->heads) {
        known[head.channel] = std::max(known[head.channel], head.seq);
      }
    }
  });
  for (const ChatId chat : chats) CHECK(known[chat] == store.log_of(chat).size());
}

}  // namespace
}  // namespace kith
