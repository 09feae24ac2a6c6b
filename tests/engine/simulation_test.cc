// A small cluster lives a random life over a bad bus and an ill store; its clients and, at the end,
// the log say whether the invariants held (ARCHITECTURE section 3, I1 to I5 and I7).
#include <algorithm>

#include "tests/engine/simulated_client.h"

using namespace kith;
using namespace kith::test;

namespace {

struct Sim {
  explicit Sim(std::uint64_t seed) : random(seed), cluster(options(seed)) {
    for (std::size_t i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<SimulatedClient>(cluster, witness, i % 12));
    }
    store_random.seed(seed + 1);
  }
  static ClusterOptions options(std::uint64_t seed) {
    ClusterOptions made{.shards = 3, .users = 12, .rooms = 3, .members = 8, .seed = seed};
    made.engine.outbound_bytes_max = 24 * 1024;
    made.engine.messages_per_minute = 0;
    return made;
  }
  bool chance(std::uint32_t of_1000) { return random() % 1000 < of_1000; }
  std::size_t any(std::size_t below) { return random() % below; }

  void live(int turns);
  void act();
  void act_connected(SimulatedClient& client);
  void send(SimulatedClient& client, const ChatId& chat);
  void touch(SimulatedClient& client, const ChatId& chat);
  void change_members();
  void trouble(bool on);
  void heal();
  void judge();
  void judge_log(const std::string& channel, const std::vector<DurableEvent>& log);

  std::mt19937_64 random;
  std::mt19937_64 store_random;
  Cluster cluster;
  Witness witness;
  std::vector<std::unique_ptr<SimulatedClient>> clients;
  std::vector<std::string> sent;  // client message ids, to be repeated
  std::vector<MessageId> messages;
  std::uint64_t made = 0;
};

void Sim::trouble(bool on) {
  cluster.hub.faults = on ? BusFaults{.lose = 120, .repeat = 60, .delay = 250} : BusFaults{};
  if (!on) {
    cluster.storage->set_faults({});
    while (cluster.storage->release()) {
    }
    return;
  }
  cluster.storage->set_faults([this](MemoryRequest) {
    const auto dice = store_random() % 1000;
    if (dice < 4) return MemoryFault::refuse;
    if (dice < 8) return MemoryFault::lose_answer;
    if (dice < 30) return MemoryFault::delay_commit;
    if (dice < 50) return MemoryFault::delay_answer;
    return MemoryFault::none;
  });
}

void Sim::live(int turns) {
  for (int turn = 0; turn < turns; ++turn) {
    for (int i = 0; i < 3; ++i) act();
    if (chance(400)) cluster.storage->release();
    cluster.run(5ms, 5ms);
    for (const auto& client : clients) client->look();
  }
}

void Sim::act() {
  SimulatedClient& client = *clients[any(clients.size())];
  if (!client.is_open()) {
    if (chance(200)) {
      client.connect({.shard = any(3),
                      .resume = !chance(100),
                      .good_epoch = !chance(60),
                      .follow_chats = chance(250)});
    }
    return;
  }
  if (chance(20)) return change_members();
  act_connected(client);
}

void Sim::act_connected(SimulatedClient& client) {
  const ChatId chat = cluster.chat(any(3));
  const auto dice = any(1000);
  if (dice < 12) {
    client.disconnect();
  } else if (dice < 150) {
    client.subscribe(chat, chance(700));
  } else if (dice < 170) {
    client.unsubscribe(chat);
  } else if (dice < 185) {
    client.set_speed(0);
  } else if (dice < 230) {
    client.set_speed(chance(500) ? 700 : Client::kUnlimited);
  } else if (dice < 750) {
    send(client, chat);
  } else {
    touch(client, chat);
  }
}

void Sim::send(SimulatedClient& client, const ChatId& chat) {
  const std::string id = client.new_id();
  std::string client_message_id = "m" + std::to_string(++made);
  if (chance(60) && !sent.empty()) client_message_id = sent[any(sent.size())];
  sent.push_back(client_message_id);
  const std::string text = std::string(1 + any(chance(100) ? 3000 : 150), 'x');
  client.command(id, message_frame(chat, client_message_id, text, id));
  for (const Sighting& ack : witness.acks) {
    if (messages.size() > 200) break;
    if (const auto message = MessageId::parse(ack.message_id)) messages.push_back(*message);
  }
}

void Sim::touch(SimulatedClient& client, const ChatId& chat) {
  if (messages.empty()) return;
  const std::string id = client.new_id();
  const std::string about = R"(,"id":")" + id + R"(","chat_id":")" + chat.text() +
                            R"(","message_id":")" + messages[any(messages.size())].text() + "\"";
  switch (any(5)) {
    case 0:
      return client.command(id, R"({"type":"reaction.add","emoji":"👍")" + about + "}");
    case 1:
      return client.command(id, R"({"type":"reaction.remove","emoji":"👍")" + about + "}");
    case 2:
      return client.command(id, R"({"type":"message.delete")" + about + "}");
    case 3:
      return client.command(
          id, R"({"type":"message.update","content":{"type":"text","text":"new"})" + about + "}");
    default:
      return client.command(id, R"({"type":"typing.start")" + about + "}");
  }
}

void Sim::change_members() {
  static constexpr std::array<std::size_t, 3> kOwners = {0, 8, 4};
  const std::size_t room = any(3);
  const Identity owner = cluster.identity(kOwners[room]);
  const UserId user = cluster.user(any(12));
  Engine& engine = cluster.shard(any(3)).engine;
  const ChatId chat = cluster.chat(room);
  if (user == owner.user) return;
  if (chance(400)) {
    engine.remove_participant(owner, chat, user, [](Result<Committed>) {});
  } else {
    engine.add_participant(owner, chat, user, ParticipantRole::member, [](Result<Committed>) {});
  }
}

// Everything gets well, everybody comes back and takes what they are given.
void Sim::heal() {
  trouble(false);
  for (const auto& client : clients) client->set_speed(Client::kUnlimited);
  cluster.run(3s, 20ms);
  for (const auto& client : clients) {
    client->look();
    if (!client->is_open()) client->connect({.shard = any(3)});
  }
  cluster.run(3s, 20ms);
}

void Sim::judge() {
  std::map<std::string, Seq> heads;
  for (std::size_t room = 0; room < 3; ++room) {
    const auto log = cluster.log(cluster.chat(room));
    heads[cluster.chat(room).text()] = log.size();
    judge_log(cluster.chat(room).text(), log);
  }
  for (std::size_t user = 0; user < 12; ++user) {
    const auto log = cluster.log(cluster.user(user));
    heads[cluster.user(user).text()] = log.size();
    judge_log(cluster.user(user).text(), log);
  }
  for (const auto& client : clients) client->look_at_end(heads);
}

// What was seen and what was acked is in the log, and nobody saw what was not theirs to see.
void Sim::judge_log(const std::string& channel, const std::vector<DurableEvent>& log) {
  std::set<std::pair<UserId, std::string>> once;
  std::map<std::string, std::vector<Seq>> joins;
  std::map<std::string, std::vector<Seq>> leaves;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const DurableEvent& event = log[i];
    REQUIRE(event.seq == i + 1);
    if (event.type == EventType::message_new) {
      CHECK(once.emplace(*event.user, event.client_message_id).second);
    }
    if (event.type == EventType::participant_join) joins[event.user->text()].push_back(event.seq);
    if (event.type == EventType::participant_leave) leaves[event.user->text()].push_back(event.seq);
  }
  const auto compare = [&](const Sighting& seen) {
    if (seen.channel != channel) return;
    REQUIRE(seen.seq <= log.size());
    const DurableEvent& event = log[seen.seq - 1];
    if (!seen.message_id.empty()) CHECK(event.message->text() == seen.message_id);
  };
  for (const Sighting& ack : witness.acks) compare(ack);
  for (const Sighting& seen : witness.events) {
    compare(seen);
    if (seen.channel != channel) continue;
    CHECK(to_string(log[seen.seq - 1].type) == seen.type);
    const std::string user = cluster.user(seen.user).text();
    Seq left = 0;
    for (const Seq at : leaves[user]) left = at < seen.seq ? at : left;
    const auto& back = joins[user];
    const bool rightful =
        left == 0 || std::any_of(back.begin(), back.end(), [&](Seq at) { return at > left; });
    CHECK(rightful);
  }
}

void run_seed(std::uint64_t seed) {
  CAPTURE(seed);
  Sim sim(seed);
  sim.trouble(true);
  sim.live(1200);
  sim.heal();
  sim.judge();
  for (std::size_t i = 0; i < std::min<std::size_t>(sim.witness.violations.size(), 5); ++i) {
    MESSAGE(sim.witness.violations[i]);
  }
  CHECK(sim.witness.violations.size() == 0);
  // The life was one worth living.
  CHECK(sim.witness.acks.size() > 300);
  CHECK(sim.witness.events.size() > 1000);
  CHECK(sim.witness.in_place > 50);
  CHECK(sim.witness.resumed > 20);
}

}  // namespace

TEST_CASE("a random life over a bad bus: nothing lost, nothing twice, nothing out of order") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) run_seed(seed);
}
