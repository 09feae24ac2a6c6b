// From a URL to the ports. The only header of storage/ that the program (gateway/main.cc) needs
// beside the bus and the presence registry.
//
//   sqlite:DIR            the embedded store: DIR/kith.db, locked against a second process
//   memory:               everything in memory, for tests
//   postgres://...        Postgres, shared with other nodes; also postgresql://, as libpq takes
//   them
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/ports/account_recovery.h"
#include "engine/ports/accounts.h"
#include "engine/ports/boards.h"
#include "engine/ports/broadcasts.h"
#include "engine/ports/chats.h"
#include "engine/ports/completion_queue.h"
#include "engine/ports/event_log.h"
#include "engine/ports/notifications.h"
#include "engine/ports/outbox.h"
#include "engine/ports/reward_ledger.h"
#include "engine/ports/storage_stats.h"
#include "protocol/result.h"

namespace kith {

class Events;
class Feeds;
class Profiles;
class ServiceAccounts;
class Moderation;
struct NewService;
struct ServiceRecord;

struct StorageOptions {
  std::string url;
  bool read_only = false;  // beside a running server: `kithd token`
  std::uint32_t reader_threads = 2;
  // Postgres: each has its own connection and the chats that fall to it by hash; as many again have
  // everything else.
  std::uint32_t writer_threads = 2;
  // Postgres: use a server that has fsync, full_page_writes or synchronous_commit off.
  bool accept_acked_loss = false;
  // Appends waiting: then `unavailable`. On Postgres the chats have half of it, everything else the
  // other.
  std::uint32_t queue_messages_max = 32 * 1024;
  std::size_t queue_bytes_max = 64 * 1024 * 1024;
  // SQLite: the write-ahead log is written back from so many pages of it on, and from a quarter of
  // them where the writer has no backlog. A page that many commits touch goes back once per
  // checkpoint: with 4,000 instead of 1,000 durable sends were 7 % more; but whoever sends
  // meanwhile waits for it.
  int checkpoint_pages = 4'000;
  std::chrono::hours log_keep{24 * 30};    // channel_log rows older than this ...
  std::uint32_t log_keep_events = 10'000;  // ... and further back than this are trimmed
  std::chrono::hours notifications_keep{24 * 90};
  OutgoingRules outgoing{};  // what the outbox is filled for
  // Of the app's profile; null: there are none. `memory:` has no rewards.
  std::shared_ptr<const RewardRules> rewards;
  // Called on a storage thread where the process must end at once (a failed fsync): nothing that
  // was not committed has been or will be acked. Exit code 75.
  std::function<void(const std::string& reason)> on_fatal;
  std::function<void(const std::string& line)> on_warning;
  // Called on a storage thread, perhaps again and again, where the log is not the one that this
  // process has opened: it has gone back, and has another epoch (ARCHITECTURE 2.9). Whatever is
  // remembered of it is worth nothing; the process ends, and starts anew.
  std::function<void(const std::string& reason)> on_history_gone;
  std::chrono::milliseconds history_look_interval{1'000};  // Postgres: how often that is looked at
};

// The ports as one shard uses them; callbacks come through the shard's queue.
class ShardStore {
 public:
  virtual ~ShardStore() = default;
  virtual EventLog& event_log() = 0;
  virtual Chats& chats() = 0;
  virtual Accounts& accounts() = 0;
  // Null where the store keeps none (memory:).
  virtual Notifications* notifications() { return nullptr; }
  virtual AccountRecovery* recovery() { return nullptr; }
  virtual Outbox* outbox() { return nullptr; }
  // Null: this store keeps none.
  virtual Boards* boards() { return nullptr; }
  virtual RewardLedger& rewards() = 0;
  virtual Profiles* profiles() { return nullptr; }  // null: the store has none
  virtual Feeds* feeds() { return nullptr; }        // likewise
  virtual Events* events() { return nullptr; }      // null: the store has none
  virtual Clubs* clubs() { return nullptr; }        // null: the store has none
  virtual Broadcasts* broadcasts() { return nullptr; }
  virtual ServiceAccounts* service_accounts() { return nullptr; }  // null: the store has none
  virtual Moderation* moderation() { return nullptr; }             // likewise
};

// What `kithd seed` makes, in few large transactions.
struct SeedUser {
  std::string email;  // in lower case
  std::string display_name;
  SystemRole role = SystemRole::user;
};
struct SeedRequest {
  std::uint32_t users = 0;
  std::uint32_t rooms = 0;
  std::uint32_t members = 0;       // per room; users are dealt round robin
  bool scores = false;             // everybody on the leaderboards of `overall`
  std::uint32_t clubs = 0;         // that the first user owns
  std::uint32_t club_members = 0;  // of each: the first of the users; 0: everybody
  std::string password_hash;
  WallTime now{};
  // In place of `users` that are counted (but for the store in memory), in a store without users:
  // else bad_request. Where the first of them is there already, nothing is made.
  std::vector<SeedUser> named{};
  std::string room_name{};  // of all rooms; empty: "Room 7"
};
struct Seeded {
  struct User {
    UserId id;
    std::string email;
  };
  struct Chat {
    ChatId id;
    std::vector<UserId> members;
  };
  struct Club {
    ClubId id;
    UserId owner;
    std::uint32_t members = 0;  // the first of the users
  };
  std::vector<User> users;
  std::vector<Chat> chats;
  std::vector<Club> clubs;
};

class Storage {
 public:
  virtual ~Storage() = default;  // finishes what is queued, then stops its threads
  // `completions` outlives the storage's threads or is told by close().
  virtual std::unique_ptr<ShardStore> for_shard(CompletionQueue& completions) = 0;
  virtual std::string epoch() const = 0;  // names the log's history (ARCHITECTURE 2.9)
  // What tokens are signed with unless configured, where the store is shared by nodes that must
  // take each other's: made once with it, 32 bytes. Empty: the store keeps none.
  virtual std::string signing_secret() const = 0;
  virtual StorageStats stats() const = 0;
  // Commits what is queued, answers what comes later `unavailable`. Blocks; for the drain.
  virtual void close() = 0;

  // For the command line; synchronous.
  virtual Result<Seeded> seed(const SeedRequest& request) = 0;
  virtual Result<UserRecord> find_user_now(UserId user) = 0;
  virtual Status grant(UserId user, SystemRole role, WallTime now) = 0;
  // As ServiceAccounts::create().
  virtual Result<ServiceRecord> create_service(const NewService& service) = 0;
  // The log has been restored from a backup: from the next start on it has a new epoch, and
  // clients start anew.
  virtual Status renew_epoch() = 0;
};

// Errors, with one clear line: conflict where the schema is newer than this binary's, or the
// database server may lose what was acknowledged; unavailable where it cannot be reached, is locked
// by another process, not a database, corrupt (quick_check), or the directory cannot be written.
Result<std::unique_ptr<Storage>> open_storage(StorageOptions options);

}  // namespace kith
