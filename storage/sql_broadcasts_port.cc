// The Broadcasts port over SQL: posts each operation to the storage threads. A job may run twice,
// so none consumes what it captured.
#include "storage/sql_broadcasts.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlBroadcasts final : public Broadcasts {
 public:
  explicit SqlBroadcasts(SqlHandle& worker) : worker_(worker) {}

  void create(Actor actor, CreateBroadcast create, Callback<ChangedBroadcast> done) override {
    const ChannelId channel(create.club);
    worker_.write_to(
        channel,
        [actor, create = std::move(create)](WriteContext& context) {
          return create_broadcast(context, actor, create);
        },
        std::move(done));
  }
  void get(Actor actor, ClubId club, BroadcastId broadcast,
           Callback<BroadcastRecord> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, name = BroadcastName{club, broadcast}](SqlConnection& db) {
          return read_broadcast(db, actor.key, name);
        },
        std::move(done));
  }
  void list(Actor actor, ClubId club, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<BroadcastList> done) override {
    worker_.read(
        StoreRead::clubs,
        [actor, club, cursor = std::move(cursor), limit](SqlConnection& db) {
          return list_broadcasts(db, actor, club, cursor, limit);
        },
        std::move(done));
  }
  void cancel(Actor actor, ClubId club, BroadcastId broadcast,
              Callback<ChangedBroadcast> done) override {
    worker_.write_to(
        club,
        [actor, name = BroadcastName{club, broadcast}](WriteContext& context) {
          return cancel_broadcast(context, actor, name);
        },
        std::move(done));
  }

  // Nothing is due most of the time: that is found out without the writer.
  void send_due(WallTime now, Callback<SentBroadcasts> done) override {
    worker_.read(
        StoreRead::clubs,
        [now](SqlConnection& db) -> Result<bool> { return is_broadcast_due(db, now); },
        [this, now, done = std::move(done)](Result<bool> due) mutable {
          if (!due) return done(due.error());
          if (!*due) return done(SentBroadcasts{});
          worker_.write([now](WriteContext& context) { return send_due_broadcasts(context, now); },
                        std::move(done));
        });
  }
  void note_delivered(std::vector<BroadcastDelivery> deliveries,
                      Callback<std::vector<BroadcastId>> done) override {
    worker_.write([deliveries = std::move(deliveries)](
                      WriteContext& context) { return note_deliveries(context, deliveries); },
                  std::move(done));
  }
  void progress(std::vector<BroadcastId> broadcasts,
                Callback<std::vector<BroadcastProgress>> done) override {
    worker_.read(
        StoreRead::clubs,
        [broadcasts = std::move(broadcasts)](SqlConnection& db)
            -> Result<std::vector<BroadcastProgress>> { return read_progress(db, broadcasts); },
        std::move(done));
  }

  void mark_read(Actor actor, ChannelId channel, Seq seq, Callback<ReadChannel> done) override {
    worker_.write(
        [actor, channel, seq](WriteContext& context) {
          return mark_channel_read(context, actor, channel, seq);
        },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Broadcasts> make_sql_broadcasts(SqlHandle& worker) {
  return std::make_unique<SqlBroadcasts>(worker);
}

}  // namespace kith
