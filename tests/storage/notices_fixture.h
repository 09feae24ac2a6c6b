// The ports of notifications and of what leads out of the server, seen synchronously.
#pragma once

#include "tests/storage/store_fixture.h"

namespace kith {

inline StorageOptions sending(OutgoingRules rules) {
  StorageOptions options;
  options.outgoing = rules;
  return options;
}

class Notices {
 public:
  explicit Notices(StoreFixture& store, std::size_t shard = 0)
      : store_(store), shard_(store.shard(shard)) {}

  // Something that notifies: the others are put into a new group. Newest chat first in their lists.
  ChatId tell(const UserRecord& by, const std::vector<UserRecord>& whom) {
    std::vector<UserRecord> all{by};
    all.insert(all.end(), whom.begin(), whom.end());
    return store_.add_group(all);
  }

  Result<NotificationList> list(const UserRecord& user, std::optional<std::string> cursor = {},
                                std::uint32_t limit = 50) {
    return shard_.await<NotificationList>([&](auto done) {
      ports().list(store_.actor(user), std::move(cursor), limit, std::move(done));
    });
  }
  Result<NoticesRead> read(const UserRecord& user, NotificationId id) {
    return shard_.await<NoticesRead>(
        [&](auto done) { ports().mark_read(store_.actor(user), id, std::move(done)); });
  }
  Result<NoticesRead> read_to(const UserRecord& user, NotificationId id) {
    return shard_.await<NoticesRead>(
        [&](auto done) { ports().mark_read_to(store_.actor(user), id, std::move(done)); });
  }
  Result<NoticePreferences> preferences(const UserRecord& user) {
    return shard_.await<NoticePreferences>(
        [&](auto done) { ports().preferences(store_.actor(user), std::move(done)); });
  }
  Result<NoticePreferences> change(const UserRecord& user, const PreferencesChange& change) {
    return shard_.await<NoticePreferences>([&](auto done) {
      ports().change_preferences(store_.actor(user), change, std::move(done));
    });
  }

  OutboxLook look(OutgoingChannel channel) {
    auto seen =
        shard_.await<OutboxLook>([&](auto done) { outbox().look(channel, std::move(done)); });
    REQUIRE_MESSAGE(seen.ok(), seen.error().message);
    return *seen;
  }
  ClaimedDeliveries claim(OutgoingChannel channel, WallTime now, std::uint32_t limit = 100,
                          std::chrono::seconds lease = std::chrono::seconds(60)) {
    auto claimed = shard_.await<ClaimedDeliveries>([&](auto done) {
      outbox().claim({.channel = channel, .now = now, .lease_until = now + lease, .limit = limit},
                     std::move(done));
    });
    REQUIRE_MESSAGE(claimed.ok(), claimed.error().message);
    return *claimed;
  }
  void settle(const Delivery& delivery, OutgoingOutcome outcome, WallTime at = {},
              std::string reason = {}) {
    const auto done = shard_.await<Nothing>([&](auto callback) {
      outbox().settle({{.row = delivery.row,
                        .attempt = delivery.attempt,
                        .outcome = outcome,
                        .at = at,
                        .reason = std::move(reason)}},
                      std::move(callback));
    });
    REQUIRE(done.ok());
  }
  void sent_all(OutgoingChannel channel) {
    const ClaimedDeliveries claimed = claim(channel, store_.now());
    for (const Delivery& one : claimed.deliveries) settle(one, OutgoingOutcome::sent);
  }
  void seen(const UserRecord& user, NotificationId id) {
    const auto done = shard_.await<Nothing>([&](auto callback) {
      outbox().seen({{user.id, id}}, std::move(callback));
    });
    REQUIRE(done.ok());
  }
  std::vector<DeadLetter> dead_letters(std::optional<OutgoingChannel> channel) {
    auto letters = shard_.await<std::vector<DeadLetter>>(
        [&](auto done) { outbox().dead_letters(channel, 100, std::move(done)); });
    REQUIRE(letters.ok());
    return *letters;
  }
  RetriedLetters retry_dead(const UserRecord& by, std::optional<OutgoingChannel> channel) {
    const auto retried = shard_.await<RetriedLetters>(
        [&](auto done) { outbox().retry_dead(store_.actor(by), channel, std::move(done)); });
    REQUIRE(retried.ok());
    return *retried;
  }
  AccountRecovery& recovery() { return *shard_.store().recovery(); }
  Outbox& outbox() { return *shard_.store().outbox(); }

  // The user's address counts as theirs from here on.
  void verify(const UserRecord& user) {
    request(OutgoingKind::verify_email, user.email);
    bool verified = false;
    for (const Delivery& mail : claim(OutgoingChannel::email, store_.now()).deliveries) {
      const bool theirs = mail.user == user.id && mail.kind == OutgoingKind::verify_email;
      if (theirs && !verified) REQUIRE(verify_with(mail.token).ok());
      verified = verified || theirs;
      settle(mail, theirs ? OutgoingOutcome::sent : OutgoingOutcome::retry);
    }
    REQUIRE(verified);
  }
  void request(OutgoingKind kind, const std::string& email) {
    REQUIRE(shard_
                .await<Nothing>([&](auto done) {
                  recovery().request(kind, email, store_.now(), std::move(done));
                })
                .ok());
  }
  static TokenHash hash_of(const std::string& token);
  Result<Nothing> verify_with(const std::string& token) {
    return shard_.await<Nothing>(
        [&](auto done) { recovery().verify_email(hash_of(token), store_.now(), std::move(done)); });
  }

 private:
  Notifications& ports() { return *shard_.store().notifications(); }

  StoreFixture& store_;
  TestShard& shard_;
};

}  // namespace kith
