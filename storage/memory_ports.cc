// Chats and Accounts over a shard of the memory store: each call becomes a request in its line.
#include "storage/memory_accounts.h"
#include "storage/memory_chats.h"
#include "storage/memory_log.h"
#include "storage/memory_shard.h"

namespace kith::memory {

namespace {

constexpr auto kChange = MemoryRequest::change;
constexpr auto kRead = MemoryRequest::read;

class ChatsPort final : public Chats {
 public:
  explicit ChatsPort(Shard& shard) : shard_(shard) {}

  void edit(Actor actor, EditMessage edit, Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done), [actor, edit = std::move(edit)](Tables& t) {
      return memory::edit(t, actor, edit);
    });
  }
  void remove(Actor actor, DeleteMessage remove, Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done),
                              [actor, remove = std::move(remove)](Tables& t) {
                                return memory::remove(t, actor, remove);
                              });
  }
  void react(Actor actor, SetReaction reaction, Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done),
                              [actor, reaction = std::move(reaction)](Tables& t) {
                                return memory::react(t, actor, reaction);
                              });
  }
  void moderate(Actor actor, Moderate moderate, Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done),
                              [actor, moderate = std::move(moderate)](Tables& t) {
                                return memory::moderate(t, actor, moderate);
                              });
  }
  void mark_read(Actor actor, ChatId chat, MessageId last_read,
                 Callback<MarkedRead> done) override {
    shard_.request<MarkedRead>(kChange, std::move(done), [actor, chat, last_read](Tables& t) {
      return memory::mark_read(t, actor, chat, last_read);
    });
  }
  void mark_delivered(std::vector<DeliveredMark> marks) override {
    shard_.request<Nothing>(kChange, {}, [marks = std::move(marks)](Tables& t) {
      memory::mark_delivered(t, marks);
      return Result<Nothing>(Nothing{});
    });
  }
  void create(Actor actor, CreateChat create, Callback<CreatedChat> done) override {
    shard_.request<CreatedChat>(kChange, std::move(done),
                                [actor, create = std::move(create)](Tables& t) {
                                  return memory::create(t, actor, create);
                                });
  }
  void add_participant(Actor actor, ChatId chat, UserId user, ParticipantRole role,
                       Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done), [actor, chat, user, role](Tables& t) {
      return memory::add_participant(t, actor, chat, user, role);
    });
  }
  void remove_participant(Actor actor, ChatId chat, UserId user,
                          Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done), [actor, chat, user](Tables& t) {
      return memory::remove_participant(t, actor, chat, user);
    });
  }
  // The reason is for whoever reviews the case; no port reads it.
  void report(Actor actor, ChatId chat, MessageId message, ReportId id, std::string,
              Callback<ReportId> done) override {
    shard_.request<ReportId>(kChange, std::move(done), [actor, chat, message, id](Tables& t) {
      return memory::report(t, actor, chat, message, id);
    });
  }
  void get(Actor actor, ChatId chat, Callback<ChatRecord> done) override {
    shard_.request<ChatRecord>(kRead, std::move(done),
                               [actor, chat](Tables& t) { return memory::get(t, actor, chat); });
  }
  void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<ChatList> done) override {
    shard_.request<ChatList>(kRead, std::move(done),
                             [actor, cursor = std::move(cursor), limit](Tables& t) {
                               return memory::list(t, actor, cursor, limit);
                             });
  }
  void followable(UserKey user, std::uint32_t limit, Callback<std::vector<ChatId>> done) override {
    shard_.request<std::vector<ChatId>>(kRead, std::move(done), [user, limit](Tables& t) {
      return Result<std::vector<ChatId>>(memory::followable(t, user, limit));
    });
  }
  void history(Actor actor, HistoryRequest request, Callback<HistoryPage> done) override {
    shard_.request<HistoryPage>(kRead, std::move(done), [actor, request](Tables& t) {
      return memory::history(t, actor, request);
    });
  }
  void access(UserKey user, ChatId chat, Callback<Attached> done) override {
    shard_.request<Attached>(kRead, std::move(done),
                             [user, chat](Tables& t) { return memory::access(t, user, chat); });
  }

 private:
  Shard& shard_;
};

class AccountsPort final : public Accounts {
 public:
  explicit AccountsPort(Shard& shard) : shard_(shard) {}

  void create_user(NewUser user, Callback<UserRecord> done) override {
    shard_.request<UserRecord>(kChange, std::move(done), [user = std::move(user)](Tables& t) {
      return memory::create_user(t, user);
    });
  }
  void find_credentials(std::string email, Callback<Credentials> done) override {
    shard_.request<Credentials>(kRead, std::move(done), [email = std::move(email)](Tables& t) {
      return memory::find_credentials(t, email);
    });
  }
  void find_user(UserId id, Callback<UserRecord> done) override {
    shard_.request<UserRecord>(kRead, std::move(done),
                               [id](Tables& t) { return memory::find_user(t, id); });
  }
  void create_session(NewSession session, Callback<Nothing> done) override {
    shard_.request<Nothing>(kChange, std::move(done), [session = std::move(session)](Tables& t) {
      return memory::create_session(t, session);
    });
  }
  void rotate_refresh(TokenHash used, TokenHash next, WallTime now, WallTime next_expires,
                      UniqueFunction<void(Committed)> revoked, Callback<Refreshed> done) override {
    // Committed and yet refused: the revocation travels beside the error.
    Callback<Rotated> both = [revoked = std::move(revoked),
                              done = std::move(done)](Result<Rotated> rotated) mutable {
      if (!rotated) return done(rotated.error());
      if (rotated->revoked) revoked(std::move(*rotated->revoked));
      done(std::move(rotated->refreshed));
    };
    const Rotation rotation{.used = used, .next = next, .now = now, .next_expires = next_expires};
    shard_.request<Rotated>(kChange, std::move(both), [rotation](Tables& t) {
      return Result<Rotated>(memory::rotate_refresh(t, rotation));
    });
  }
  void revoke_session(UserKey user, AuthSessionId session, WallTime now,
                      Callback<Committed> done) override {
    shard_.request<Committed>(kChange, std::move(done), [user, session, now](Tables& t) {
      return memory::revoke_session(t, user, session, now);
    });
  }
  void authenticate(UserId user, AuthSessionId session, Callback<AuthenticatedUser> done) override {
    shard_.request<AuthenticatedUser>(kRead, std::move(done), [user, session](Tables& t) {
      return memory::authenticate(t, user, session);
    });
  }
  void admit(UserId user, AuthSessionId session, std::vector<ChannelId> channels,
             Callback<Admitted> done) override {
    shard_.request<Admitted>(
        kRead, std::move(done),
        [user, session, channels = std::move(channels)](Tables& t) -> Result<Admitted> {
          auto who = memory::authenticate(t, user, session);
          if (!who) return who.error();
          Admitted admitted{.who = std::move(*who), .channels = {}};
          for (const ChannelId& channel : channels) {
            admitted.channels.push_back(memory::attach(t, channel, admitted.who.user.key));
          }
          return admitted;
        });
  }
  void audit(std::optional<UserKey>, std::string, std::string, WallTime) override {}
  void probe(Callback<Nothing> done) override {
    shard_.request<Nothing>(kChange, std::move(done),
                            [](Tables&) { return Result<Nothing>(Nothing{}); });
  }

 private:
  Shard& shard_;
};

}  // namespace

std::unique_ptr<Chats> make_chats(Shard& shard) {
  return std::make_unique<ChatsPort>(shard);
}
std::unique_ptr<Accounts> make_accounts(Shard& shard) {
  return std::make_unique<AccountsPort>(shard);
}

}  // namespace kith::memory
