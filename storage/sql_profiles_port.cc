// The Profiles port over SQL: posts each operation to the storage threads. A
// job may run twice, so none consumes what it captured.
#include "storage/sql_blocks.h"
#include "storage/sql_erasure.h"
#include "storage/sql_export.h"
#include "storage/sql_people_scores.h"
#include "storage/sql_ports.h"
#include "storage/sql_profiles.h"

namespace kith {
namespace {

class SqlProfiles final : public Profiles {
 public:
  explicit SqlProfiles(SqlHandle& worker) : worker_(worker) {}

  void profile(Actor actor, UserId user, Callback<Profile> done) override {
    look([actor, user](SqlConnection& db) { return read_profile(db, actor, user); },
         std::move(done));
  }
  void update(Actor actor, UpdateProfile update, Callback<Committed> done) override {
    worker_.write_to(
        actor.user,
        [actor, update = std::move(update)](WriteContext& context) {
          return update_profile(context, actor, update);
        },
        std::move(done));
  }
  void logins(Actor actor, Callback<std::vector<LoginRecord>> done) override {
    look([actor](SqlConnection& db) { return list_logins(db, actor.key); }, std::move(done));
  }
  void end_login(Actor actor, AuthSessionId login, Callback<Committed> done) override {
    worker_.write_to(
        actor.user,
        [actor, login](WriteContext& context) { return end_own_login(context, actor, login); },
        std::move(done));
  }
  void block(Actor actor, UserId user, Callback<Committed> done) override {
    worker_.write_to(
        actor.user,
        [actor, user](WriteContext& context) { return block_user(context, actor, user); },
        std::move(done));
  }
  void unblock(Actor actor, UserId user, Callback<Committed> done) override {
    worker_.write_to(
        actor.user,
        [actor, user](WriteContext& context) { return unblock_user(context, actor, user); },
        std::move(done));
  }
  void blocked(Actor actor, Callback<std::vector<Blocked>> done) override {
    look([actor](SqlConnection& db) { return list_blocked(db, actor.key); }, std::move(done));
  }
  void recommend(Actor actor, PeopleQuery query, Callback<PeopleList> done) override {
    look([actor, query = std::move(query)](
             SqlConnection& db) { return recommend_people(db, actor, query); },
         std::move(done));
  }
  void export_all(Actor actor, ExportQuery query, Callback<ExportPage> done) override {
    look([actor,
          query = std::move(query)](SqlConnection& db) { return read_export(db, actor, query); },
         std::move(done));
  }
  void erase(Actor actor, AuthSessionId login, Callback<Committed> done) override {
    worker_.write_to(
        actor.user,
        [actor, login](WriteContext& context) { return begin_erasure(context, actor, login); },
        std::move(done));
  }
  void run_erasures(WallTime now, Callback<ErasureWork> done) override {
    look<std::optional<DueErasure>>(
        [now](SqlConnection& db) { return find_due_erasure(db, now); },
        [this, now, done = std::move(done)](Result<std::optional<DueErasure>> due) mutable {
          if (!due) return done(due.error());
          if (!*due) return done(ErasureWork{});
          const UserId user = (*due)->user.id;
          worker_.write_to(
              user,
              [due = **std::move(due), now](WriteContext& context) {
                return run_erasure(context, due, now);
              },
              std::move(done));
        });
  }

 private:
  // A reader's job, which answers a value or a Result of one.
  template <typename T, typename Job>
  void look(Job job, Callback<T> done) {
    worker_.read(
        StoreRead::accounts,
        [job = std::move(job)](SqlConnection& db) -> Result<T> { return job(db); },
        std::move(done));
  }

  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Profiles> make_sql_profiles(SqlHandle& worker) {
  return std::make_unique<SqlProfiles>(worker);
}

}  // namespace kith
