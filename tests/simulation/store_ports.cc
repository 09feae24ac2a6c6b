// The ports of one shard over the model: each request becomes a job of the shard's line.
#include "storage/memory_accounts.h"
#include "storage/memory_chats.h"
#include "storage/memory_log.h"
#include "storage/memory_shard.h"
#include "storage/no_rewards.h"
#include "tests/simulation/boards_port.h"
#include "tests/simulation/ports.h"

namespace kith::simulation {

namespace {

using memory::Tables;

class LogPort final : public EventLog, public Ports {
 public:
  using Ports::Ports;

  void append(Append append, AppendCallback done) override {
    if (line_->is_full()) {
      line_->answer([append = std::move(append), done = std::move(done)]() mutable {
        done(std::move(append), memory::unavailable());
      });
      return;
    }
    appended_.push_back([line = line_.get(), append = std::move(append),
                         done = std::move(done)](Fate fate) mutable -> Task {
      Result<Appended> result = memory::unavailable();
      if (fate != Fate::refused) result = line->model().append(append, *line);
      if (fate == Fate::unknown) result = memory::unavailable();
      return [append = std::move(append), done = std::move(done),
              result = std::move(result)]() mutable { done(std::move(append), std::move(result)); };
    });
  }
  void submit() override {
    for (StoreLine::Job& job : std::exchange(appended_, {})) line_->write(std::move(job));
  }
  void attach(ChannelId channel, UserKey user, Callback<Attached> done) override {
    read<Attached>(std::move(done),
                   [channel, user](StoreModel& model) { return model.attach(channel, user); });
  }
  void read(PageRequest request, Callback<Page> done) override {
    Ports::read<Page>(std::move(done),
                      [request](StoreModel& model) { return model.page(request); });
  }
  void measure(ChannelId channel, Seq after, Callback<Measure> done) override {
    Ports::read<Measure>(std::move(done), [channel, after](StoreModel& model) {
      return memory::measure(model.tables, channel, after);
    });
  }
  void heads_since(std::optional<Position> position, AskedChannels asked,
                   Callback<Heads> done) override {
    Ports::read<Heads>(std::move(done), [position, asked = std::move(asked)](StoreModel& model) {
      return model.heads(position, asked);
    });
  }

 private:
  using Ports::read;
  std::vector<StoreLine::Job> appended_;
};

class ChatsPort final : public Chats, public Ports {
 public:
  ChatsPort(std::shared_ptr<StoreLine> line, LogPort& log) : Ports(std::move(line)), log_(log) {}

  void edit(Actor actor, EditMessage edit, Callback<Committed> done) override {
    alter(std::move(done), [actor, edit = std::move(edit)](Tables& tables) {
      return memory::edit(tables, actor, edit);
    });
  }
  void remove(Actor actor, DeleteMessage remove, Callback<Committed> done) override {
    alter(std::move(done), [actor, remove = std::move(remove)](Tables& tables) {
      return memory::remove(tables, actor, remove);
    });
  }
  void react(Actor actor, SetReaction reaction, Callback<Committed> done) override {
    alter(std::move(done), [actor, reaction = std::move(reaction)](Tables& tables) {
      return memory::react(tables, actor, reaction);
    });
  }
  void moderate(Actor actor, Moderate moderate, Callback<Committed> done) override {
    alter(std::move(done), [actor, moderate = std::move(moderate)](Tables& tables) {
      return memory::moderate(tables, actor, moderate);
    });
  }
  void mark_read(Actor actor, ChatId chat, MessageId last, Callback<MarkedRead> done) override {
    log_.submit();
    change<MarkedRead>(std::move(done), [actor, chat, last](StoreModel& model) {
      return memory::mark_read(model.tables, actor, chat, last);
    });
  }
  void mark_delivered(std::vector<DeliveredMark> marks) override {
    log_.submit();
    change<Nothing>({}, [marks = std::move(marks)](StoreModel& model) {
      memory::mark_delivered(model.tables, marks);
      return Result<Nothing>(Nothing{});
    });
  }
  void create(Actor actor, CreateChat create, Callback<CreatedChat> done) override {
    log_.submit();
    change<CreatedChat>(std::move(done), [actor, create = std::move(create)](StoreModel& model) {
      auto created = memory::create(model.tables, actor, create);
      if (created) model.note_committed(created->events);
      return created;
    });
  }
  void add_participant(Actor actor, ChatId chat, UserId user, ParticipantRole role,
                       Callback<Committed> done) override {
    alter(std::move(done), [actor, chat, user, role](Tables& tables) {
      return memory::add_participant(tables, actor, chat, user, role);
    });
  }
  void remove_participant(Actor actor, ChatId chat, UserId user,
                          Callback<Committed> done) override {
    alter(std::move(done), [actor, chat, user](Tables& tables) {
      return memory::remove_participant(tables, actor, chat, user);
    });
  }
  void report(Actor actor, ChatId chat, MessageId message, ReportId id, std::string,
              Callback<ReportId> done) override {
    change<ReportId>(std::move(done), [actor, chat, message, id](StoreModel& model) {
      return memory::report(model.tables, actor, chat, message, id);
    });
  }
  void get(Actor actor, ChatId chat, Callback<ChatRecord> done) override {
    read<ChatRecord>(std::move(done), [actor, chat](StoreModel& model) {
      return memory::get(model.tables, actor, chat);
    });
  }
  void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<ChatList> done) override {
    read<ChatList>(std::move(done), [actor, cursor, limit](StoreModel& model) {
      return memory::list(model.tables, actor, cursor, limit);
    });
  }
  void followable(UserKey user, std::uint32_t limit, Callback<std::vector<ChatId>> done) override {
    read<std::vector<ChatId>>(std::move(done), [user, limit](StoreModel& model) {
      return Result<std::vector<ChatId>>(memory::followable(model.tables, user, limit));
    });
  }
  void history(Actor actor, HistoryRequest request, Callback<HistoryPage> done) override {
    read<HistoryPage>(std::move(done), [actor, request](StoreModel& model) {
      return memory::history(model.tables, actor, request);
    });
  }
  void access(UserKey user, ChatId chat, Callback<Attached> done) override {
    read<Attached>(std::move(done), [user, chat](StoreModel& model) {
      return memory::access(model.tables, user, chat);
    });
  }

 private:
  template <typename Work>
  void alter(Callback<Committed> done, Work work) {
    log_.submit();
    change<Committed>(std::move(done), [work = std::move(work)](StoreModel& model) mutable {
      return model.changed(work(model.tables));
    });
  }

  LogPort& log_;
};

class AccountsPort final : public Accounts, public Ports {
 public:
  using Ports::Ports;

  void create_user(NewUser, Callback<UserRecord>) override { KITH_ASSERT(false); }
  void find_credentials(std::string, Callback<Credentials>) override { KITH_ASSERT(false); }
  void find_user(UserId, Callback<UserRecord>) override { KITH_ASSERT(false); }
  void create_session(NewSession, Callback<Nothing>) override { KITH_ASSERT(false); }
  void rotate_refresh(TokenHash, TokenHash, WallTime, WallTime, UniqueFunction<void(Committed)>,
                      Callback<Refreshed>) override {
    KITH_ASSERT(false);
  }
  void revoke_session(UserKey user, AuthSessionId session, WallTime now,
                      Callback<Committed> done) override {
    change<Committed>(std::move(done), [user, session, now](StoreModel& model) {
      return model.changed(memory::revoke_session(model.tables, user, session, now));
    });
  }
  void authenticate(UserId user, AuthSessionId session, Callback<AuthenticatedUser> done) override {
    read<AuthenticatedUser>(std::move(done), [user, session](StoreModel& model) {
      return memory::authenticate(model.tables, user, session);
    });
  }
  void admit(UserId user, AuthSessionId session, std::vector<ChannelId> channels,
             Callback<Admitted> done) override {
    read<Admitted>(
        std::move(done),
        [user, session, channels = std::move(channels)](StoreModel& model) -> Result<Admitted> {
          auto who = memory::authenticate(model.tables, user, session);
          if (!who) return who.error();
          Admitted admitted{.who = std::move(*who), .channels = {}};
          for (const ChannelId& channel : channels) {
            admitted.channels.push_back(model.attach(channel, admitted.who.user.key));
          }
          return admitted;
        });
  }
  void audit(std::optional<UserKey>, std::string, std::string, WallTime) override {}
  void probe(Callback<Nothing> done) override {
    change<Nothing>(std::move(done), [](StoreModel&) { return Result<Nothing>(Nothing{}); });
  }
};

// Activities; what else there is of rewards nobody asks for here.
class RewardsPort final : public RewardLedger, public Ports {
 public:
  explicit RewardsPort(const std::shared_ptr<StoreLine>& line)
      : Ports(line), none_(make_no_rewards(line->completions())) {}

  void record(Actor actor, ActivityOrigin origin, Activity activity,
              Callback<Recorded> done) override {
    change<Recorded>(std::move(done),
                     [actor, origin, activity = std::move(activity)](StoreModel& model) {
                       return model.record(actor, origin, activity);
                     });
  }
  void streaks(UserId user, WallTime now, Callback<std::vector<StreakState>> done) override {
    none_->streaks(user, now, std::move(done));
  }
  void scores(UserId user, ScoreQuery query, WallTime now, Callback<Scores> done) override {
    none_->scores(user, query, now, std::move(done));
  }
  void badges(UserId user, Callback<BadgeList> done) override {
    none_->badges(user, std::move(done));
  }
  void set_time_zone(Actor actor, std::string zone, Callback<ZoneChange> done) override {
    none_->set_time_zone(actor, std::move(zone), std::move(done));
  }
  void feed_messages(WallTime now, Callback<RewardUpkeep> done) override {
    none_->feed_messages(now, std::move(done));
  }
  void roll_over(WallTime now, Callback<RewardUpkeep> done) override {
    none_->roll_over(now, std::move(done));
  }
  void back_fill(WallTime now, Callback<RewardUpkeep> done) override {
    none_->back_fill(now, std::move(done));
  }

 private:
  std::unique_ptr<RewardLedger> none_;
};

class StorePorts final : public ShardStore {
 public:
  StorePorts(const std::shared_ptr<StoreLine>& line, BoardTops& tops)
      : log_(line),
        chats_(line, log_),
        accounts_(line),
        rewards_(line),
        boards_(line, tops),
        has_boards_(line->model().plan().activities_per_minute > 0) {}
  EventLog& event_log() override { return log_; }
  Chats& chats() override { return chats_; }
  Accounts& accounts() override { return accounts_; }
  RewardLedger& rewards() override { return rewards_; }
  Boards* boards() override { return has_boards_ ? &boards_ : nullptr; }

 private:
  LogPort log_;
  ChatsPort chats_;
  AccountsPort accounts_;
  RewardsPort rewards_;
  BoardsPort boards_;
  const bool has_boards_;
};

}  // namespace

std::unique_ptr<ShardStore> StoreModel::for_shard(std::shared_ptr<StoreLine> line,
                                                  BoardTops& tops) {
  return std::make_unique<StorePorts>(line, tops);
}

}  // namespace kith::simulation
