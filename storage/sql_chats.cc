// The Chats port over SQL: posts each operation to the storage threads. What they do stands in
// sql_chat_messages, sql_moderation, sql_membership, sql_history and sql_chat_list. A job may run
// twice (a batch that is undone is done again), so none consumes what it captured.
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_list.h"
#include "storage/sql_chat_messages.h"
#include "storage/sql_history.h"
#include "storage/sql_membership.h"
#include "storage/sql_moderation.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlChats final : public Chats {
 public:
  explicit SqlChats(SqlHandle& worker) : worker_(worker) {}

  void edit(Actor actor, EditMessage edit, Callback<Committed> done) override {
    const ChannelId channel(edit.chat);
    worker_.write_to(
        channel,
        [actor, edit = std::move(edit)](WriteContext& context) {
          return edit_message(context, actor, edit);
        },
        std::move(done));
  }
  void remove(Actor actor, DeleteMessage remove, Callback<Committed> done) override {
    const ChannelId channel(remove.chat);
    worker_.write_to(
        channel,
        [actor, remove = std::move(remove)](WriteContext& context) {
          return remove_message(context, actor, remove);
        },
        std::move(done));
  }
  void react(Actor actor, SetReaction reaction, Callback<Committed> done) override {
    const ChannelId channel(reaction.chat);
    worker_.write_to(
        channel,
        [actor, reaction = std::move(reaction)](WriteContext& context) {
          return kith::react(context, actor, reaction);
        },
        std::move(done));
  }
  void moderate(Actor actor, Moderate moderate, Callback<Committed> done) override {
    const ChannelId channel(moderate.chat);
    worker_.write_to(
        channel,
        [actor, moderate = std::move(moderate)](WriteContext& context) {
          return kith::moderate(context, actor, moderate);
        },
        std::move(done));
  }
  void mark_read(Actor actor, ChatId chat, MessageId last_read,
                 Callback<MarkedRead> done) override {
    worker_.write_to(
        chat,
        [actor, chat, last_read](WriteContext& context) {
          return kith::mark_read(context, actor, chat, last_read);
        },
        std::move(done));
  }
  void mark_delivered(std::vector<DeliveredMark> marks) override {
    worker_.write([marks = std::move(marks)](
                      WriteContext& context) { return kith::mark_delivered(context, marks); },
                  {});
  }

  void create(Actor actor, CreateChat create, Callback<CreatedChat> done) override {
    const ChannelId channel(create.id);
    worker_.write_to(
        channel,
        [actor, create = std::move(create)](WriteContext& context) {
          return create_chat(context, actor, create);
        },
        std::move(done));
  }
  void add_participant(Actor actor, ChatId chat, UserId user, ParticipantRole role,
                       Callback<Committed> done) override {
    const AddParticipant add{.chat = chat, .user = user, .role = role};
    worker_.write_to(
        chat,
        [actor, add](WriteContext& context) { return kith::add_participant(context, actor, add); },
        std::move(done));
  }
  void remove_participant(Actor actor, ChatId chat, UserId user,
                          Callback<Committed> done) override {
    worker_.write_to(
        chat,
        [actor, chat, user](WriteContext& context) {
          return kith::remove_participant(context, actor, chat, user);
        },
        std::move(done));
  }
  void report(Actor actor, ChatId chat, MessageId message, ReportId id, std::string reason,
              Callback<ReportId> done) override {
    MessageReport report{.chat = chat, .message = message, .id = id, .reason = std::move(reason)};
    worker_.write_to(
        chat,
        [actor, report = std::move(report)](WriteContext& context) {
          return report_message(context, actor, report);
        },
        std::move(done));
  }

  void get(Actor actor, ChatId chat, Callback<ChatRecord> done) override {
    worker_.read(
        StoreRead::chats,
        [actor, chat](SqlConnection& db) { return read_chat(db, actor.key, chat); },
        std::move(done));
  }
  void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
            Callback<ChatList> done) override {
    worker_.read(
        StoreRead::chats,
        [actor, cursor = std::move(cursor), limit](SqlConnection& db) {
          return list_chats(db, actor, cursor, limit);
        },
        std::move(done));
  }
  void followable(UserKey user, std::uint32_t limit, Callback<std::vector<ChatId>> done) override {
    worker_.read(
        StoreRead::chats,
        [user, limit](SqlConnection& db) -> Result<std::vector<ChatId>> {
          return list_followable(db, user, limit);
        },
        std::move(done));
  }
  void history(Actor actor, HistoryRequest request, Callback<HistoryPage> done) override {
    worker_.read(
        StoreRead::history,
        [actor, request](SqlConnection& db) { return read_history(db, actor, request); },
        std::move(done));
  }
  void access(UserKey user, ChatId chat, Callback<Attached> done) override {
    worker_.read(
        StoreRead::chats, [user, chat](SqlConnection& db) { return read_access(db, user, chat); },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Chats> make_sql_chats(SqlHandle& worker) {
  return std::make_unique<SqlChats>(worker);
}

}  // namespace kith
