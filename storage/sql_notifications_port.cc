// The ports of notifications, of the outbox and of account recovery over SQL: post each operation
// to the storage threads. What they do stands in sql_notice_sources, sql_preferences, sql_outbox
// and sql_account_tokens. A job may run twice, so none consumes what it captured.
#include "storage/sql_account_tokens.h"
#include "storage/sql_dead_letters.h"
#include "storage/sql_notice_sources.h"
#include "storage/sql_outbox.h"
#include "storage/sql_ports.h"
#include "storage/sql_preferences.h"

namespace kith {
namespace {

class SqlNotifications final : public Notifications {
 public:
  explicit SqlNotifications(SqlHandle& worker) : worker_(worker) {}

  void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<NotificationList> done) override {
    worker_.read(
        StoreRead::notifications,
        [actor, cursor = std::move(cursor), limit](SqlConnection& db) {
          return list_notifications(db, actor, cursor, limit);
        },
        std::move(done));
  }
  void mark_read(Actor actor, NotificationId id, Callback<NoticesRead> done) override {
    worker_.write_to(
        actor.user,
        [actor, id](WriteContext& context) { return mark_notification_read(context, actor, id); },
        std::move(done));
  }
  void mark_read_to(Actor actor, NotificationId up_to, Callback<NoticesRead> done) override {
    worker_.write_to(
        actor.user,
        [actor, up_to](WriteContext& context) {
          return mark_notifications_read_to(context, actor, up_to);
        },
        std::move(done));
  }
  void preferences(Actor actor, Callback<NoticePreferences> done) override {
    worker_.read(
        StoreRead::notifications,
        [key = actor.key](SqlConnection& db) { return read_preferences(db, key); },
        std::move(done));
  }
  void change_preferences(Actor actor, PreferencesChange change,
                          Callback<NoticePreferences> done) override {
    worker_.write_to(
        actor.user,
        [actor, change = std::move(change)](WriteContext& context) {
          return kith::change_preferences(context, actor, change);
        },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

class SqlOutbox final : public Outbox {
 public:
  explicit SqlOutbox(SqlHandle& worker) : worker_(worker) {}

  void look(OutgoingChannel channel, Callback<OutboxLook> done) override {
    worker_.read(
        StoreRead::outbox, [channel](SqlConnection& db) { return look_at_outbox(db, channel); },
        std::move(done));
  }
  void claim(ClaimRequest request, Callback<ClaimedDeliveries> done) override {
    worker_.write([request](WriteContext& context) { return claim_outbox(context, request); },
                  std::move(done));
  }
  void settle(std::vector<Settlement> settlements, Callback<Nothing> done) override {
    worker_.write([settlements = std::move(settlements)](
                      WriteContext& context) { return settle_outbox(context, settlements); },
                  std::move(done));
  }
  void seen(std::vector<SeenNotice> notices, Callback<Nothing> done) override {
    worker_.write([notices = std::move(notices)](
                      WriteContext& context) { return drop_seen(context, notices); },
                  std::move(done));
  }
  void dead_letters(std::optional<OutgoingChannel> channel, std::uint32_t limit,
                    Callback<std::vector<DeadLetter>> done) override {
    worker_.read(
        StoreRead::outbox,
        [channel, limit](SqlConnection& db) { return list_dead_letters(db, channel, limit); },
        std::move(done));
  }
  void retry_dead(Actor by, std::optional<OutgoingChannel> channel,
                  Callback<RetriedLetters> done) override {
    worker_.write(
        [by, channel](WriteContext& context) { return retry_dead_letters(context, by, channel); },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

class SqlAccountRecovery final : public AccountRecovery {
 public:
  explicit SqlAccountRecovery(SqlHandle& worker) : worker_(worker) {}

  void request(OutgoingKind kind, std::string email, WallTime now,
               Callback<Nothing> done) override {
    worker_.write(
        [kind, email = std::move(email), now](WriteContext& context) -> Status {
          request_account_mail(context, kind, email, now);
          return Nothing{};
        },
        std::move(done));
  }
  void verify_email(TokenHash token, WallTime now, Callback<Nothing> done) override {
    worker_.write(
        [token, now](WriteContext& context) { return kith::verify_email(context, token, now); },
        std::move(done));
  }
  void check_reset(TokenHash token, WallTime now, Callback<Nothing> done) override {
    worker_.read(
        StoreRead::accounts,
        [token, now](SqlConnection& db) { return check_reset_token(db, token, now); },
        std::move(done));
  }
  void reset_password(NewPassword password, Callback<Committed> done) override {
    worker_.write([password = std::move(password)](
                      WriteContext& context) { return kith::reset_password(context, password); },
                  std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Notifications> make_sql_notifications(SqlHandle& worker) {
  return std::make_unique<SqlNotifications>(worker);
}
std::unique_ptr<Outbox> make_sql_outbox(SqlHandle& worker) {
  return std::make_unique<SqlOutbox>(worker);
}
std::unique_ptr<AccountRecovery> make_sql_account_recovery(SqlHandle& worker) {
  return std::make_unique<SqlAccountRecovery>(worker);
}

}  // namespace kith
