// The Moderation port over SQL: posts each operation to the storage threads. A job may run twice,
// so none consumes what it captured.
#include "storage/sql_cases.h"
#include "storage/sql_ports.h"
#include "storage/sql_roles.h"

namespace kith {
namespace {

class SqlModeration final : public Moderation {
 public:
  explicit SqlModeration(SqlHandle& worker) : worker_(worker) {}

  void set_role(Actor actor, UserId user, SystemRole role, Callback<ChangedRole> done) override {
    worker_.write_to(
        user,
        [actor, user, role](WriteContext& context) {
          return kith::set_role(context, actor, user, role);
        },
        std::move(done));
  }
  void list(Actor actor, CaseQuery query, Callback<CaseList> done) override {
    worker_.read(
        StoreRead::chats,
        [actor, query = std::move(query)](SqlConnection& db) {
          return list_cases(db, actor, query);
        },
        std::move(done));
  }
  void get(Actor actor, CaseId id, Callback<CaseDetails> done) override {
    worker_.read(
        StoreRead::chats, [actor, id](SqlConnection& db) { return read_case(db, actor, id); },
        std::move(done));
  }
  void assign(Actor actor, CaseId id, std::optional<UserId> assignee,
              Callback<ChangedCase> done) override {
    worker_.write([actor, id, assignee](
                      WriteContext& context) { return assign_case(context, actor, id, assignee); },
                  std::move(done));
  }
  void resolve(Actor actor, ResolveCase resolve, Callback<ChangedCase> done) override {
    worker_.write([actor, resolve = std::move(resolve)](
                      WriteContext& context) { return resolve_case(context, actor, resolve); },
                  std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Moderation> make_sql_moderation(SqlHandle& worker) {
  return std::make_unique<SqlModeration>(worker);
}

}  // namespace kith
