// An open store, with as many shards as a test wants, seen synchronously: each call goes to the
// port, pumps the shard's queue until the answer has come, and hands it back. Every contract test
// runs against each adapter:
//
//   TEST_CASE_TEMPLATE("...", Adapter, ALL_STORES) { StoreFixture store(Adapter::kUrl); ... }
//
// Ids and times come from counters, so two fixtures that do the same have the same ids.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/open_storage.h"

namespace kith {

// Fails the test process where nothing has happened for this long.
inline constexpr std::chrono::seconds kPatience{60};

class PumpedQueue final : public CompletionQueue {
 public:
  void post(std::vector<Task> tasks) override;
  // Runs what comes, on this thread, until the condition holds. No condition: what is there now.
  void pump_until(const std::function<bool()>& holds);
  void pump();

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Task> tasks_;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct AppendOutcome {
  Append append;  // as handed back
  Result<Appended> result;
};

// One shard. Thread: one, any.
class TestShard {
 public:
  TestShard(Storage& storage);
  EventLog& log() { return store_->event_log(); }
  Chats& chats() { return store_->chats(); }
  Accounts& accounts() { return store_->accounts(); }
  ShardStore& store() { return *store_; }
  Boards* boards() { return store_->boards(); }
  RewardLedger& rewards() { return store_->rewards(); }
  Clubs* clubs() { return store_->clubs(); }
  Broadcasts* broadcasts() { return store_->broadcasts(); }
  Profiles& profiles() { return *store_->profiles(); }
  Feeds& feeds() { return *store_->feeds(); }  // of the SQL stores
  Events& events() { return *store_->events(); }  // of the SQL stores
  PumpedQueue& queue() { return queue_; }

  // await<T>([&](Callback<T> done) { port.method(..., std::move(done)); })
  template <typename T, typename Call>
  Result<T> await(Call call) {
    std::optional<Result<T>> out;
    call(Callback<T>([&out](Result<T> result) {
      REQUIRE_FALSE(out.has_value());  // once
      out.emplace(std::move(result));
    }));
    REQUIRE_FALSE(out.has_value());  // never from inside the call
    queue_.pump_until([&] { return out.has_value(); });
    return std::move(*out);
  }

  // Queues; flush() answers the outcomes in the order of the calls, once all are there. The
  // callbacks of one chat must have come in that order too.
  void append_later(Append append);
  std::vector<AppendOutcome> flush();
  Result<Appended> append(Append append);

  Result<Committed> edit(Actor actor, EditMessage edit);
  Result<Committed> remove(Actor actor, DeleteMessage remove);
  Result<Committed> react(Actor actor, SetReaction reaction);
  Result<Committed> moderate(Actor actor, Moderate moderate);
  Result<MarkedRead> mark_read(Actor actor, ChatId chat, MessageId message);
  void mark_delivered(std::vector<DeliveredMark> marks);  // and waits until it is done
  Result<CreatedChat> create(Actor actor, CreateChat create);
  Result<Committed> add(Actor actor, ChatId chat, UserId user,
                        ParticipantRole role = ParticipantRole::member);
  Result<Committed> drop(Actor actor, ChatId chat, UserId user);
  Result<ReportId> report(Actor actor, ChatId chat, MessageId message, ReportId id);
  Result<ChatRecord> get(Actor actor, ChatId chat);
  Result<ChatList> list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit);
  Result<std::vector<ChatId>> followable(UserKey user, std::uint32_t limit);
  Result<HistoryPage> history(Actor actor, HistoryRequest request);
  Result<Attached> access(UserKey user, ChatId chat);

  Result<Attached> attach(ChannelId channel, UserKey user);
  Result<Page> read(PageRequest request);
  Result<Measure> measure(ChannelId channel, Seq after);
  Result<Heads> heads_since(std::optional<Position> position, AskedChannels asked = {});

 private:
  PumpedQueue queue_;
  std::unique_ptr<ShardStore> store_;
  std::size_t waiting_ = 0;
  std::size_t answered_ = 0;
  std::vector<std::optional<AppendOutcome>> outcomes_;  // by the order of the calls
  std::map<ChannelId, std::size_t> last_answered_;      // of each chat, in that order
};

struct MemoryAdapter {
  static constexpr const char* kUrl = "memory:";
};
struct SqliteAdapter {
  static constexpr const char* kUrl = "sqlite:";  // the fixture adds a fresh directory
};
struct PostgresAdapter {
  static constexpr const char* kUrl = "postgres:";  // the fixture makes a fresh database
};
#define ALL_STORES MemoryAdapter, SqliteAdapter, PostgresAdapter
#define SQL_STORES SqliteAdapter, PostgresAdapter

class StoreFixture {
 public:
  explicit StoreFixture(const std::string& url, StorageOptions options = {},
                        std::size_t shards = 1);

  ~StoreFixture();

  Storage& storage() { return *storage_; }
  const std::string& url() const { return options_.url; }
  TestShard& shard(std::size_t index = 0) { return *shards_.at(index); }
  TestShard* operator->() { return shards_.front().get(); }
  // Closes the store and opens it again (nothing of a `memory:` store survives).
  void reopen();

  // A millisecond later with every look, so that no two things happen at once.
  WallTime now() { return now_ += std::chrono::milliseconds{1}; }
  void advance(std::chrono::milliseconds by) { now_ += by; }
  MessageId new_message_id() { return MessageId{uuids_.next(now_)}; }
  ChatId new_chat_id() { return ChatId{uuids_.next(now_)}; }
  ReportId new_report_id() { return ReportId{uuids_.next(now_)}; }
  AuthSessionId new_session_id() { return AuthSessionId{uuids_.next(now_)}; }
  UserId new_user_id() { return UserId{uuids_.next(now_)}; }

  UserRecord add_user(const std::string& name);
  Actor actor(const UserRecord& user) { return {.user = user.id, .key = user.key, .now = now()}; }
  // A group chat of these, the first its owner.
  ChatId add_group(const std::vector<UserRecord>& users);
  void set_role(const UserRecord& owner, ChatId chat, const UserRecord& user, ParticipantRole role);

  Append message(const UserRecord& sender, ChatId chat, const std::string& text,
                 std::string client_message_id = {});
  // Sends it, and must be able to.
  Appended say(const UserRecord& sender, ChatId chat, const std::string& text);
  // All of a channel's log, page by page.
  std::vector<DurableEvent> log_of(ChannelId channel);

 private:
  void open();

  std::string new_store(const std::string& url);

  const std::string kind_;
  TemporaryDirectory directory_;
  StorageOptions options_;
  std::size_t shard_count_;
  std::unique_ptr<Storage> storage_;
  std::vector<std::unique_ptr<TestShard>> shards_;
  WallTime now_{std::chrono::milliseconds{1'714'000'000'000}};
  std::uint64_t random_ = 0;
  UuidGenerator uuids_;
  std::uint64_t client_messages_ = 0;
};

Content text_content(const std::string& text);
std::string numbered(std::string_view what, std::uint64_t number);  // "what7"

// The error's code, or "ok".
template <typename T>
std::string_view outcome(const Result<T>& result) {
  return result ? std::string_view("ok") : to_string(result.error().code);
}

}  // namespace kith
