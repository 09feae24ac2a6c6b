#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/faults.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMessagesKnown = 60;

}  // namespace

World::World(const Plan& of, Tell tell)
    : plan(of),
      random(plan.seed ^ 0x6B69'7468),
      recorder(scheduler, std::move(tell)),
      store(scheduler, plan, recorder),
      bus(scheduler, plan, random.fork(2)),
      messages(plan.rooms),
      logins(plan.users, 0),
      activities(*this) {
  for (std::uint32_t i = 0; i < plan.nodes; ++i) nodes.push_back(std::make_unique<Node>(*this, i));
  for (std::uint32_t i = 0; i < plan.clients; ++i) {
    clients.push_back(std::make_unique<Client>(*this, i, i % plan.users));
  }
}

World::~World() = default;

Node* World::any_node(Random& dice) {
  std::vector<Node*> up;
  for (const auto& node : nodes) {
    if (node->takes_connections()) up.push_back(node.get());
  }
  return up.empty() ? nullptr : up[dice.below(up.size())];
}

Identity World::identity(std::size_t number) const {
  const UserId& id = user(number);
  return {.user = id, .key = *store.tables.find_user(id), .session = login(number)};
}

AuthSessionId World::login(std::size_t number) const {
  AuthSessionId id{user(number).uuid};
  id.uuid[15] = static_cast<std::uint8_t>(logins[number]);
  id.uuid[14] = static_cast<std::uint8_t>(number);
  return id;
}

std::string World::token(std::size_t number, std::chrono::milliseconds valid) const {
  const WallTime expires =
      kWallStart + std::chrono::duration_cast<std::chrono::milliseconds>(scheduler.now()) + valid;
  return user(number).text() + "|" + login(number).text() + "|" +
         std::to_string(expires.time_since_epoch().count());
}

void World::follows(std::size_t number, const std::string& channel, int change) {
  if (!plan.presence_is_judged() || !channel.starts_with("chat_")) return;
  int& count = following_[{number, channel}];
  const bool before = count > 0;
  count += change;
  if ((count > 0) == before) return;
  recorder.add({.kind = test::Kind::Truth,
                .user = user(number).text(),
                .channel = channel,
                .what = "presence",
                .value = count > 0 ? 1 : 0});
}

void World::types(std::size_t number, const std::string& chat, bool start) {
  if (!plan.presence_is_judged()) return;
  const auto say = [this, number, chat](bool is_so) {
    recorder.add({.kind = test::Kind::Truth,
                  .user = user(number).text(),
                  .channel = chat,
                  .what = "typing",
                  .value = is_so ? 1 : 0});
  };
  const std::uint64_t serial = ++typing_[{number, chat}];
  say(start);
  if (!start) return;
  scheduler.after(limits::kTypingLifetime, [this, number, chat, serial, say] {
    if (typing_[{number, chat}] == serial) say(false);
  });
}

void World::know_message(const std::string& chat, std::string_view message) {
  const auto id = MessageId::parse(message);
  if (!id) return;
  for (std::size_t room = 0; room < plan.rooms; ++room) {
    if (this->chat(room).text() != chat) continue;
    auto& known = messages[room];
    if (std::find(known.begin(), known.end(), *id) != known.end()) return;
    if (known.size() >= kMessagesKnown) known.erase(known.begin());
    known.push_back(*id);
  }
}

// By an owner, over HTTP; what comes of it is in the log.
void World::change_members(Random& dice) {
  Node* node = any_node(dice);
  if (node == nullptr) return;
  const std::size_t room = dice.below(plan.rooms);
  const UserId owner_id = store.seeded.chats[room].members[0];
  const UserId& target = user(dice.below(plan.users));
  if (owner_id == target) return;
  Identity owner{.user = owner_id, .key = *store.tables.find_user(owner_id)};
  // Often they are just coming in.
  const bool coming = dice.chance(400);
  for (const auto& client : clients) {
    if (!coming || user(client->user) != target) continue;
    scheduler.after(dice.time(0us, 6ms), [&client] { client->come_back(); });
  }
  Shard& shard = node->any_shard(dice);
  std::vector<Task> tasks;
  tasks.emplace_back([&shard, owner, chat = chat(room), target, leaves = dice.chance(450)] {
    if (leaves) {
      shard.engine.remove_participant(owner, chat, target, [](Result<Committed>) {});
    } else {
      shard.engine.add_participant(owner, chat, target, ParticipantRole::member,
                                   [](Result<Committed>) {});
    }
  });
  shard.queue.post(std::move(tasks));
}

void World::moderate(Random& dice) {
  Node* node = any_node(dice);
  if (node == nullptr) return;
  using Action = command::ModerationAction;
  static constexpr std::array kActions = {Action::mute, Action::unmute, Action::ban, Action::unban};
  const std::size_t room = dice.below(plan.rooms);
  const UserId owner_id = store.seeded.chats[room].members[0];
  Identity owner{.user = owner_id, .key = *store.tables.find_user(owner_id)};
  Moderate moderate{.chat = chat(room),
                    .action = kActions[dice.below(kActions.size())],
                    .user = user(dice.below(plan.users)),
                    .reason = "the owner's"};
  if (dice.chance(500)) moderate.until = node->now().wall + 20s;
  Shard& shard = node->any_shard(dice);
  std::vector<Task> tasks;
  tasks.emplace_back([&shard, owner, moderate = std::move(moderate)]() mutable {
    shard.engine.moderate(owner, std::move(moderate), [](Result<Committed>) {});
  });
  shard.queue.post(std::move(tasks));
}

// The login ends, as by POST /auth/logout; the user's clients come back with another one.
void World::log_out(Random& dice, std::size_t number) {
  Node* node = any_node(dice);
  if (node == nullptr || logins[number] > 200) return;
  const Identity who = identity(number);
  ++logins[number];
  Shard& shard = node->any_shard(dice);
  std::vector<Task> tasks;
  tasks.emplace_back([&shard, who] {
    shard.store->accounts().revoke_session(who.key, who.session, shard.node.now().wall,
                                           [&shard](Result<Committed> committed) {
                                             if (committed)
                                               shard.engine.publish(std::move(committed->events));
                                           });
  });
  shard.queue.post(std::move(tasks));
}

void World::bury(const Shard& shard) {
  most_queued_ = std::max(most_queued_, shard.most_queued());
  const Counters& counters = shard.engine.counters();
  totals_.backfills += counters.backfills;
  totals_.heads_healed += counters.heads_healed;
  totals_.fell_behind += counters.fell_behind;
  totals_.gaps_told += counters.gaps_told;
  totals_.replays += counters.replays;
}

void World::begin() {
  for (std::size_t room = 0; room < plan.rooms; ++room) {
    for (const UserId& member : store.seeded.chats[room].members) {
      recorder.add({.kind = test::Kind::Right,
                    .user = member.text(),
                    .channel = chat(room).text(),
                    .change = "gained"});
    }
  }
  for (const auto& node : nodes) node->start();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (plan.client_on(i)) clients[i]->start();
  }
  activities.start();
}

}  // namespace kith::simulation
