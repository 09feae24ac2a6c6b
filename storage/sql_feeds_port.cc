// The Feeds port over SQL: posts each operation to the storage threads. A job may run twice, so
// none consumes what it captured.
#include "storage/sql_home_feed.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlFeeds final : public Feeds {
 public:
  explicit SqlFeeds(SqlHandle& worker) : worker_(worker) {}

  void home(Actor reader, HomeFeedQuery query, Callback<HomeFeed> done) override {
    worker_.read(
        StoreRead::clubs,
        [reader, query = std::move(query)](SqlConnection& db) {
          return read_home_feed(db, reader, query);
        },
        std::move(done));
  }
  void today(Actor reader, Callback<WallTime> done) override {
    worker_.read(
        StoreRead::clubs, [reader](SqlConnection& db) { return read_today(db, reader); },
        std::move(done));
  }
  void prompt(Actor user, Callback<PromptTold> done) override {
    worker_.write_to(
        user.user, [user](WriteContext& context) { return tell_prompt(context, user); },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Feeds> make_sql_feeds(SqlHandle& worker) {
  return std::make_unique<SqlFeeds>(worker);
}

}  // namespace kith
