#include "tests/engine/cluster.h"

namespace kith::test {

void TaskQueue::post(std::vector<Task> tasks) {
  const std::lock_guard lock(mutex_);
  for (Task& task : tasks) tasks_.push_back(std::move(task));
}

std::size_t TaskQueue::run() {
  std::vector<Task> now;
  {
    const std::lock_guard lock(mutex_);
    now.swap(tasks_);
  }
  for (Task& task : now) task();
  return now.size();
}

bool TaskQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return tasks_.empty();
}

void TestBus::flush() {
  for (const BusEventPtr& event : std::exchange(published_, {})) {
    for (TestBus* bus : hub_.buses) {
      if (bus != this && bus->followed_.contains(event->channel)) send(*bus, event);
    }
  }
}

void TestBus::send(TestBus& to, const BusEventPtr& event) {
  const BusFaults& faults = hub_.faults;
  const auto turns = [&] {
    return hub_.chance(faults.delay)
               ? 1 + static_cast<std::uint32_t>(hub_.random() % faults.delay_turns_max)
               : 0;
  };
  if (!hub_.chance(faults.lose)) to.arriving_.push_back({turns(), event});
  if (hub_.chance(faults.repeat)) to.arriving_.push_back({turns(), event});
}

std::size_t TestBus::deliver(Receiver& receiver) {
  std::vector<Arriving> late;
  std::size_t delivered = 0;
  for (Arriving& arriving : std::exchange(arriving_, {})) {
    if (arriving.turns > 0) {
      late.push_back({arriving.turns - 1, std::move(arriving.event)});
      continue;
    }
    receiver.on_bus_event(arriving.event);
    ++delivered;
  }
  arriving_.insert(arriving_.begin(), late.begin(), late.end());
  return delivered;
}

void LogWithBoards::attach(ChannelId channel, UserKey user, Callback<Attached> done) {
  if (boards_ == nullptr || channel.kind != IdKind::board) {
    return log_.attach(channel, user, std::move(done));
  }
  std::vector<Task> tasks;
  tasks.emplace_back([done = std::move(done)]() mutable { done(Attached{}); });
  queue_.post(std::move(tasks));
}

Shard::Shard(Storage& storage, TestBusHub& hub, PresenceRegistry& presence, TestQuota& quota,
             const EngineOptions& options, const std::function<Outside(TaskQueue&)>& outside_of)
    : store(storage.for_shard(queue)),
      bus(hub),
      outside(outside_of ? outside_of(queue) : Outside{}),
      log(outside.log ? *outside.log(store->event_log()) : store->event_log(), outside.boards,
          queue),
      authenticator(store->accounts(), queue),
      engine({.log = log,
              .chats = store->chats(),
              .bus = outside.bus != nullptr ? *outside.bus : bus,
              .presence = outside.presence != nullptr ? *outside.presence : presence,
              .authenticator = authenticator,
              .sockets = quota,
              .refusals = outside.refusals,
              .boards = outside.boards},
             options) {}

Cluster::Cluster(ClusterOptions options)
    : hub(options.seed), storage(make_memory_storage(options.storage, options.seed)) {
  auto made = storage->seed({.users = options.users,
                             .rooms = options.rooms,
                             .members = options.members,
                             .password_hash = "-",
                             .now = now_.wall});
  REQUIRE(made.ok());
  seeded = std::move(*made);
  epoch = storage->epoch();
  options.engine.epoch = epoch;
  options.engine.build = "test";
  for (std::size_t i = 0; i < options.shards; ++i) {
    options.engine.seed = options.seed * 100 + i;
    shards.push_back(
        std::make_unique<Shard>(*storage, hub, presence, quota, options.engine, options.outside));
  }
  own_store_ = storage->for_shard(own_queue_);
  turn();
}

void Cluster::turn() {
  for (const auto& shard : shards) {
    Engine& engine = shard->engine;
    engine.begin_turn(now_, sinks_refer);
    shard->queue.run();
    shard->bus.deliver(engine);
    for (Client* client : std::vector(shard->clients)) client->send_waiting();
    engine.tick();
    engine.flush();
    for (Client* client : std::vector(shard->clients)) client->drain();
    if (engine.next_deadline() > now_.steady || sinks_refer) continue;
    // What is due at once is done in one more turn, or the shard would spin.
    engine.begin_turn(now_);
    engine.tick();
    engine.flush();
    REQUIRE(engine.next_deadline() > now_.steady);
  }
}

bool Cluster::idle() const {
  for (const auto& shard : shards) {
    if (!shard->queue.empty() || !shard->bus.empty()) return false;
  }
  return true;
}

void Cluster::settle() {
  for (int turns = 0; turns < 2000; ++turns) {
    turn();
    if (idle()) {
      turn();
      if (idle()) return;
    }
  }
  FAIL("the cluster does not come to rest");
}

void Cluster::run(std::chrono::milliseconds time, std::chrono::milliseconds step) {
  for (auto passed = 0ms; passed < time; passed += step) {
    now_.steady += step;
    now_.wall += step;
    turn();
  }
}

AuthSessionId Cluster::login(std::size_t user) const {
  return AuthSessionId{seeded.users.at(user).id.uuid};
}

std::string Cluster::token(std::size_t number, std::chrono::milliseconds valid) {
  return user(number).text() + "|" + login(number).text() + "|" +
         std::to_string((now_.wall + valid).time_since_epoch().count());
}

Identity Cluster::identity(std::size_t number) {
  Identity who = identity(user(number));
  who.session = login(number);
  return who;
}

Identity Cluster::identity(const UserId& id) {
  const auto found = storage->find_user_now(id);
  REQUIRE(found.ok());
  return {.user = id, .key = found->key};
}

std::unique_ptr<Client> Cluster::connect(std::size_t index, OpenSocket socket) {
  auto client = std::make_unique<Client>();
  client->shard = shards.at(index).get();
  client->open = true;
  client->shard->clients.push_back(client.get());
  client->ref = client->shard->engine.open(*client, std::move(socket));
  return client;
}

std::unique_ptr<Client> Cluster::join(std::size_t index, std::size_t user, const std::string& more,
                                      OpenSocket socket) {
  auto client = connect(index, std::move(socket));
  client->send(R"({"type":"connection.init","token":")" + token(user) + "\"" + more + "}");
  settle();
  return client;
}

std::unique_ptr<Client> Cluster::follow(std::size_t index, std::size_t user, const ChatId& chat) {
  auto client = join(index, user);
  client->send(subscribe_frame(chat, "follow"));
  settle();
  REQUIRE(client->types().find("subscribed@") != std::string::npos);
  return client;
}

template <typename T, typename Call>
Result<T> Cluster::ask(Call call) {
  std::optional<Result<T>> out;
  call(Callback<T>([&out](Result<T> result) { out.emplace(std::move(result)); }));
  own_store_->event_log().submit();
  for (int i = 0; i < 10 && !out; ++i) own_queue_.run();
  REQUIRE(out.has_value());
  return std::move(*out);
}

Appended Cluster::append_elsewhere(std::size_t user, const ChatId& chat, const std::string& text) {
  const Identity who = identity(user);
  const std::string client_message_id = "elsewhere-" + std::to_string(++made_);
  MessageId message;
  message.uuid = who.user.uuid;
  message.uuid[15] = static_cast<std::uint8_t>(made_);
  message.uuid[14] = static_cast<std::uint8_t>(made_ >> 8);
  message.uuid[13] = 0xEE;
  std::optional<Result<Appended>> out;
  own_store_->event_log().append(
      {.chat = chat,
       .sender_key = who.key,
       .sender = who.user,
       .message = message,
       .client_message_id = client_message_id,
       .content = text_content(text),
       .sent_at = now_.wall},
      [&](Append&&, Result<Appended> done) { out.emplace(std::move(done)); });
  own_store_->event_log().submit();
  own_queue_.run();
  REQUIRE(out.has_value());
  REQUIRE(out->ok());
  return **out;
}

std::vector<DurableEvent> Cluster::log(const ChannelId& channel) {
  std::vector<DurableEvent> events;
  for (;;) {
    auto page = ask<Page>([&](Callback<Page> done) {
      const Seq after = events.empty() ? 0 : events.back().seq;
      own_store_->event_log().read({.channel = channel, .after = after}, std::move(done));
    });
    REQUIRE(page.ok());
    if (page->events.empty()) return events;
    for (DurableEvent& event : page->events) events.push_back(std::move(event));
  }
}

Content text_content(const std::string& text) {
  Content content;
  content.json = R"({"type":"text","text":)" + json_string(text) + "}";
  return content;
}

std::string message_frame(const ChatId& chat, const std::string& client_message_id,
                          const std::string& text, const std::string& id) {
  std::string frame = R"({"type":"message.new","chat_id":")" + chat.text() +
                      R"(","client_message_id":")" + client_message_id + "\"";
  if (!id.empty()) frame += R"(,"id":")" + id + "\"";
  return frame + R"(,"content":{"type":"text","text":)" + json_string(text) + "}}";
}

std::string subscribe_frame(const ChannelId& channel, const std::string& id,
                            std::optional<Seq> after, bool presence) {
  std::string frame = R"({"type":"subscribe","channel":")" + channel.text() + "\"";
  if (!id.empty()) frame += R"(,"id":")" + id + "\"";
  if (after) frame += ",\"after_seq\":" + std::to_string(*after);
  if (presence) frame += R"(,"presence":true)";
  return frame + "}";
}

}  // namespace kith::test
