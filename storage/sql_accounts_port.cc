// The Accounts port over SQL: posts each operation to the storage threads. What they do stands in
// sql_accounts and sql_logins. A job may run twice, so none consumes what it captured.
#include "storage/sql_accounts.h"
#include "storage/sql_audit.h"
#include "storage/sql_log_reads.h"
#include "storage/sql_logins.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlAccounts final : public Accounts {
 public:
  explicit SqlAccounts(SqlHandle& worker) : worker_(worker) {}

  void create_user(NewUser user, Callback<UserRecord> done) override {
    worker_.write([user = std::move(user)](
                      WriteContext& context) { return kith::create_user(context, user); },
                  std::move(done));
  }
  void find_credentials(std::string email, Callback<Credentials> done) override {
    worker_.read(
        StoreRead::accounts,
        [email = std::move(email)](SqlConnection& db) { return kith::find_credentials(db, email); },
        std::move(done));
  }
  void find_user(UserId id, Callback<UserRecord> done) override {
    worker_.read(
        StoreRead::accounts, [id](SqlConnection& db) { return read_user(db, id); },
        std::move(done));
  }

  void create_session(NewSession session, Callback<Nothing> done) override {
    worker_.write([session = std::move(session)](
                      WriteContext& context) { return kith::create_session(context, session); },
                  std::move(done));
  }
  void rotate_refresh(TokenHash used, TokenHash next, WallTime now, WallTime next_expires,
                      UniqueFunction<void(Committed)> revoked, Callback<Refreshed> done) override {
    const RefreshRotation rotation{
        .used = used, .next = next, .now = now, .next_expires = next_expires};
    worker_.write(
        [rotation](WriteContext& context) { return kith::rotate_refresh(context, rotation); },
        [revoked = std::move(revoked),
         done = std::move(done)](Result<RotationOutcome> outcome) mutable {
          if (!outcome) return done(outcome.error());
          if (outcome->refreshed) return done(std::move(*outcome->refreshed));
          if (revoked) revoked(std::move(outcome->revoked));
          done(refresh_refused());
        });
  }
  void revoke_session(UserKey user, AuthSessionId session, WallTime now,
                      Callback<Committed> done) override {
    worker_.write(
        [user, session, now](WriteContext& context) {
          return kith::revoke_session(context, user, session, now);
        },
        std::move(done));
  }
  void authenticate(UserId user, AuthSessionId session, Callback<AuthenticatedUser> done) override {
    worker_.read(
        StoreRead::authenticate,
        [user, session](SqlConnection& db) { return kith::authenticate(db, user, session); },
        std::move(done));
  }
  void admit(UserId user, AuthSessionId session, std::vector<ChannelId> channels,
             Callback<Admitted> done) override {
    worker_.read(
        StoreRead::admit,
        [user, session, channels = std::move(channels)](SqlConnection& db) -> Result<Admitted> {
          auto who = kith::authenticate(db, user, session);
          if (!who) return who.error();
          Admitted admitted{.who = std::move(*who), .channels = {}};
          for (const ChannelId& channel : channels) {
            admitted.channels.push_back(attach_to_channel(db, channel, admitted.who.user.key));
          }
          return admitted;
        },
        std::move(done));
  }

  void audit(std::optional<UserKey> user, std::string action, std::string detail_json,
             WallTime now) override {
    AuditEntry entry{
        .at = now, .action = std::move(action), .user = user, .detail = std::move(detail_json)};
    worker_.write(
        [entry = std::move(entry)](WriteContext& context) -> Status {
          append_audit(context.db, entry);
          return Nothing{};
        },
        {});
  }

  void probe(Callback<Nothing> done) override {
    // On the way that messages take, and on everything else's.
    worker_.write_to(
        ChannelId(ChatId{}), [](WriteContext& context) { return probe_commit(context); },
        [this, done = std::move(done)](Result<Nothing> committed) mutable {
          if (!committed) return done(committed.error());
          worker_.write([](WriteContext& context) { return probe_commit(context); },
                        std::move(done));
        });
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Accounts> make_sql_accounts(SqlHandle& worker) {
  return std::make_unique<SqlAccounts>(worker);
}

}  // namespace kith
