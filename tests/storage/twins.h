// Two stores that are asked the same and must answer the same: a seed makes a small world and a
// random life in it, with few users, chats, ids and texts, so that repeats, conflicts and refusals
// are common. What differs is reported with the seed, the step and the call.
//
// Thread: one.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/storage/describe.h"
#include "tests/storage/store_fixture.h"

namespace kith {

class Twins {
 public:
  // The memory store, and a fresh one of this adapter's.
  Twins(std::uint64_t seed, const char* other);
  // One random call, compared.
  void step();
  // Everything there is to read, compared.
  void compare_all();

 private:
  struct Side {
    // One writing thread: the answers of different chats come in the order of the calls too.
    explicit Side(const char* url) : store(url, StorageOptions{.writer_threads = 1}) {}
    StoreFixture store;
    std::vector<UserRecord> users;
    std::optional<std::string> cursor;  // of the last list
    TestShard& shard() { return store.shard(); }
  };
  using Ask = std::function<std::string(Side&)>;
  // Asks both and compares.
  void both(const std::string& what, const Ask& ask);

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  WallTime now() { return now_ += std::chrono::milliseconds{1 + below(2'000)}; }
  Actor actor(Side& side, std::size_t user, WallTime at) const;
  std::size_t any_user() { return below(user_count_); }
  ChatId any_chat();
  struct Place {
    ChatId chat;
    MessageId message;
  };
  Place any_message();  // mostly in its own chat
  Content any_content();
  Append any_append(WallTime at);
  UserId any_user_id();
  void add_user();

  void append();
  void edit();
  void remove();
  void react();
  void moderate();
  void mark_read();
  void mark_delivered();
  void create();
  void add_participant();
  void remove_participant();
  void report();
  void get();
  void list();
  void history();
  void attach();
  void read();
  void heads();
  // Asks without waiting; the answer is added when it comes.
  using Issue = std::function<void(Side&, std::vector<std::string>& answers)>;
  Issue any_append_issue(std::size_t user, WallTime at);
  Issue any_change_issue(std::size_t user, WallTime at);
  void burst();
  void log_in();
  void refresh();
  void log_out();

  std::uint64_t seed_;
  std::size_t steps_ = 0;
  std::mt19937_64 random_;
  UuidGenerator uuids_;
  WallTime now_{std::chrono::milliseconds{1'714'000'000'000}};
  Side memory_{MemoryAdapter::kUrl};
  const bool dense_;  // positions have no holes: they can be counted back from the end
  Side other_;
  std::size_t user_count_ = 0;
  std::vector<UserId> user_ids_;
  std::vector<ChatId> chats_;
  std::vector<Place> messages_;
  std::vector<AuthSessionId> logins_;
  std::uint8_t tokens_ = 0;
};

}  // namespace kith
