// Engines without sockets, threads or clocks: shards over one memory store, a bus that may be told
// to lose, repeat and reorder, and clients that are a queue of frames. Time passes in turns, as the
// test says. Same seed, same calls: same bytes.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "storage/local_presence.h"
#include "storage/memory_storage.h"
#include "tests/support/json.h"

namespace kith::test {

using namespace std::chrono_literals;

class TaskQueue final : public CompletionQueue {
 public:
  void post(std::vector<Task> tasks) override;
  // Runs what is there now; what that posts waits for the next time. How many there were.
  std::size_t run();
  bool empty() const;

 private:
  mutable std::mutex mutex_;  // a bus that is none of the tests' posts from its own thread
  std::vector<Task> tasks_;
};

// What becomes of an event on its way to another shard. Chances are of 1000.
struct BusFaults {
  std::uint32_t lose = 0;
  std::uint32_t repeat = 0;
  std::uint32_t delay = 0;  // by 1 to `delay_turns_max` turns: so it is overtaken
  std::uint32_t delay_turns_max = 8;
};

class TestBus;
class TestBusHub {
 public:
  explicit TestBusHub(std::uint64_t seed) : random(seed) {}
  BusFaults faults;
  bool ill = false;
  std::mt19937_64 random;
  std::vector<TestBus*> buses;
  bool chance(std::uint32_t of_1000) { return random() % 1000 < of_1000; }
};

class TestBus final : public Bus {
 public:
  explicit TestBus(TestBusHub& hub) : hub_(hub) { hub.buses.push_back(this); }
  void follow(const ChannelId& channel) override { followed_[channel] = true; }
  void unfollow(const ChannelId& channel) override { followed_.erase(channel); }
  void publish(BusEventPtr event) override { published_.push_back(std::move(event)); }
  bool reaches_others() const override { return true; }
  void flush() override;
  bool ill() const override { return hub_.ill; }
  // Hands over what has arrived by now.
  std::size_t deliver(Receiver& receiver);
  bool empty() const { return arriving_.empty(); }

 private:
  struct Arriving {
    std::uint32_t turns = 0;
    BusEventPtr event;
  };
  void send(TestBus& to, const BusEventPtr& event);

  TestBusHub& hub_;
  std::map<ChannelId, bool> followed_;
  std::vector<BusEventPtr> published_;
  std::vector<Arriving> arriving_;
};

class TestQuota final : public SocketQuota {
 public:
  bool acquire(const UserId& user) override {
    if (sockets[user] >= most) return false;
    ++sockets[user];
    return true;
  }
  void release(const UserId& user) override { --sockets[user]; }
  std::map<UserId, std::uint32_t> sockets;
  std::uint32_t most = 100;
};

// Tokens are "<user id>|<session id>|<expiry in ms>"; whether the login stands is the store's word.
class TestAuthenticator final : public Authenticator {
 public:
  TestAuthenticator(Accounts& accounts, TaskQueue& queue) : accounts_(accounts), queue_(queue) {}
  Result<Claimed> verify(std::string_view token, WallTime now) override;
  void admit(const Claimed& claimed, std::vector<ChannelId> channels,
             Callback<Admission> done) override;
  void authenticate(std::string token, WallTime now, Callback<Identity> done) override;

  std::uint64_t admissions = 0;
  // The store's answers to admit() wait here, each of the snapshot that it was asked in.
  bool hold_answers = false;
  std::vector<Task> held;

 private:
  Accounts& accounts_;
  TaskQueue& queue_;
};

struct Shard;

// A client's socket: takes what the engine writes at `bytes_per_turn`, and keeps it as frames.
class Client final : public SessionSink {
 public:
  static constexpr std::size_t kUnlimited = ~std::size_t{0};

  Client() = default;
  ~Client() { disconnect(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void write(std::string_view frames, std::uint32_t count) override;
  void write_shared(const std::shared_ptr<const std::string>& frames, std::uint32_t count) override;
  void close(CloseCode code, std::string_view reason) override;
  void set_reading(bool now_reading) override { reading = now_reading; }
  void identified(const UserId& user) override { known_as = user; }

  // To the engine; waits here while the engine does not read.
  void send(std::string_view text);
  void send_waiting();
  // The socket takes what it may; tells the engine.
  void drain();
  // The peer vanishes.
  void disconnect();

  // The next frame that has come, or an absent value.
  Json next();
  // Of the frames that have come, the next of this type; those before it are thrown away.
  Json next(std::string_view type);
  // All that have come.
  std::vector<Json> all();
  // Their types, in order ("" ends nothing).
  std::string types();

  Shard* shard = nullptr;
  SessionRef ref;
  bool open = false;
  bool reading = true;
  std::size_t bytes_per_turn = kUnlimited;
  CloseCode close_code{};
  std::string close_reason;
  std::optional<UserId> known_as;  // whom the engine says this is
  std::deque<std::string> inbox;
  std::deque<std::string> waiting;  // to be sent once the engine reads
  std::string transcript;           // every byte that was taken

 private:
  void parse();

  std::string buffer_;   // not taken yet
  std::string partial_;  // taken, but no whole frame
};

// What a shard may have in place of the cluster's own.
struct Outside {
  Bus* bus = nullptr;
  PresenceRegistry* presence = nullptr;
  Boards* boards = nullptr;  // which anyone may follow
  RefusalWitness* refusals = nullptr;
  // Stands before the store's own log.
  std::function<EventLog*(EventLog& own)> log{};
};

// The store's log, and in it the boards that it does not keep.
class LogWithBoards final : public EventLog {
 public:
  LogWithBoards(EventLog& log, Boards* boards, TaskQueue& queue)
      : log_(log), boards_(boards), queue_(queue) {}
  void append(Append append, AppendCallback done) override {
    log_.append(std::move(append), std::move(done));
  }
  void submit() override { log_.submit(); }
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override;
  void read(PageRequest request, Callback<Page> done) override {
    log_.read(std::move(request), std::move(done));
  }
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override {
    log_.measure(channel, after, std::move(done));
  }
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override {
    log_.heads_since(position, std::move(asked), std::move(done));
  }

 private:
  EventLog& log_;
  Boards* boards_;
  TaskQueue& queue_;
};

struct Shard {
  Shard(Storage& storage, TestBusHub& hub, PresenceRegistry& presence, TestQuota& quota,
        const EngineOptions& options, const std::function<Outside(TaskQueue&)>& outside);
  TaskQueue queue;
  std::unique_ptr<ShardStore> store;
  TestBus bus;
  Outside outside;
  LogWithBoards log;
  TestAuthenticator authenticator;
  Engine engine;
  std::vector<Client*> clients;  // open ones
};

struct ClusterOptions {
  std::size_t shards = 1;
  std::uint32_t users = 4;
  std::uint32_t rooms = 1;
  std::uint32_t members = 3;  // of each room; the first is its owner
  std::uint64_t seed = 1;
  EngineOptions engine{};
  StorageOptions storage{};
  // Called once per shard, in order; may be empty.
  std::function<Outside(TaskQueue&)> outside{};
};

class Cluster {
 public:
  explicit Cluster(ClusterOptions options = {});

  // One turn of every shard: what has come, what is due, flush, sockets.
  void turn();
  // Turns without time until nothing is under way.
  void settle();
  // Time passes, a turn each `step`.
  void run(std::chrono::milliseconds time, std::chrono::milliseconds step = 10ms);

  UserId user(std::size_t number) const { return seeded.users.at(number).id; }
  ChatId chat(std::size_t number = 0) const { return seeded.chats.at(number).id; }
  std::string token(std::size_t user, std::chrono::milliseconds valid = 1h);
  AuthSessionId login(std::size_t user) const;  // which token() names
  Identity identity(std::size_t user);
  Identity identity(const UserId& id);

  // A socket; nothing sent yet.
  std::unique_ptr<Client> connect(std::size_t shard, OpenSocket socket = {});
  // With connection.init, and through it. `more`: further fields, beginning with a comma.
  std::unique_ptr<Client> join(std::size_t shard, std::size_t user, const std::string& more = {},
                               OpenSocket socket = {});
  // The same, following the chat live; what came meanwhile is thrown away.
  std::unique_ptr<Client> follow(std::size_t shard, std::size_t user, const ChatId& chat);

  // Straight into the store, past the engines (as another node with a dead bus would).
  Appended append_elsewhere(std::size_t user, const ChatId& chat, const std::string& text);
  // The whole log of a channel.
  std::vector<DurableEvent> log(const ChannelId& channel);

  Shard& shard(std::size_t index) { return *shards.at(index); }
  TurnTime now() const { return now_; }

  TestBusHub hub;
  std::unique_ptr<MemoryStorage> storage;
  LocalPresence presence;
  TestQuota quota;
  Seeded seeded;
  std::string epoch;
  std::vector<std::unique_ptr<Shard>> shards;
  // Engines take the sockets for ones that have not written yet what they were given by reference.
  bool sinks_refer = false;

 private:
  template <typename T, typename Call>
  Result<T> ask(Call call);
  bool idle() const;

  TurnTime now_{SteadyTime{1000s}, WallTime{std::chrono::milliseconds{1'714'000'000'000}}};
  TaskQueue own_queue_;
  std::unique_ptr<ShardStore> own_store_;
  std::uint64_t made_ = 0;
};

Content text_content(const std::string& text);
// {"type":"message.new",...}
std::string message_frame(const ChatId& chat, const std::string& client_message_id,
                          const std::string& text, const std::string& id = {});
std::string subscribe_frame(const ChannelId& channel, const std::string& id,
                            std::optional<Seq> after = std::nullopt, bool presence = false);

}  // namespace kith::test
