// The Clubs port over SQL: posts each operation to the storage threads. A job may run twice (a
// batch that is undone is done again), so none consumes what it captured.
#include "storage/sql_club_members.h"
#include "storage/sql_club_post_removal.h"
#include "storage/sql_club_posts.h"
#include "storage/sql_clubs.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlClubs final : public Clubs {
 public:
  explicit SqlClubs(SqlHandle& worker) : worker_(worker) {}

  void create(Actor actor, CreateClub create, Callback<CreatedClub> done) override {
    const ChannelId channel(create.id);
    worker_.write_to(
        channel,
        [actor, create = std::move(create)](WriteContext& context) {
          return create_club(context, actor, create);
        },
        std::move(done));
  }
  void get(Actor actor, ClubId club, Callback<ClubRecord> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, club](SqlConnection& db) { return read_club(db, actor.key, club); },
        std::move(done));
  }
  void update(Actor actor, UpdateClub update, Callback<UpdatedClub> done) override {
    const ChannelId channel(update.club);
    worker_.write_to(
        channel,
        [actor, update = std::move(update)](WriteContext& context) {
          return update_club(context, actor, update);
        },
        std::move(done));
  }
  void search(Actor actor, ClubSearch search, Callback<ClubList> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, search = std::move(search)](SqlConnection& db) {
          return search_clubs(db, actor, search);
        },
        std::move(done));
  }

  void join(Actor actor, ClubId club, std::string message,
            Callback<MembershipChange> done) override {
    worker_.write_to(
        club,
        [actor, club, message = std::move(message)](WriteContext& context) {
          return join_club(context, actor, club, message);
        },
        std::move(done));
  }
  void leave(Actor actor, ClubId club, Callback<MembershipChange> done) override {
    worker_.write_to(
        club, [actor, club](WriteContext& context) { return leave_club(context, actor, club); },
        std::move(done));
  }
  void change_member(Actor actor, ChangeMember change, Callback<MembershipChange> done) override {
    const ChannelId channel(change.club);
    worker_.write_to(
        channel,
        [actor, change = std::move(change)](WriteContext& context) {
          return kith::change_member(context, actor, change);
        },
        std::move(done));
  }
  void members(Actor actor, ClubMembersQuery query, Callback<ClubMembers> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, query = std::move(query)](SqlConnection& db) {
          return list_members(db, actor, query);
        },
        std::move(done));
  }

  void post(Actor actor, CreatePost post, Callback<CreatedPost> done) override {
    const ChannelId channel(post.club);
    worker_.write_to(
        channel,
        [actor, post = std::move(post)](WriteContext& context) {
          return create_post(context, actor, post);
        },
        std::move(done));
  }
  void remove_post(Actor actor, ClubId club, PostId post, Callback<Committed> done) override {
    worker_.write_to(
        club,
        [actor, club, post](WriteContext& context) {
          return kith::remove_post(context, actor, club, post);
        },
        std::move(done));
  }
  void feed(Actor actor, ClubId club, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<FeedPage> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, club, cursor = std::move(cursor), limit](SqlConnection& db) {
          return read_feed(db, actor, club, cursor, limit);
        },
        std::move(done));
  }

  void followable(UserKey user, std::uint32_t limit, Callback<std::vector<ClubId>> done) override {
    worker_.read(
        StoreRead::clubs,
        [user, limit](SqlConnection& db) -> Result<std::vector<ClubId>> {
          return list_followable_clubs(db, user, limit);
        },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Clubs> make_sql_clubs(SqlHandle& worker) {
  return std::make_unique<SqlClubs>(worker);
}

}  // namespace kith
