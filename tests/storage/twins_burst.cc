// Many changes asked for at once, so that a store that groups them has repeats, conflicts, refusals
// and changed rights within one transaction. The answers must be those of one after the other.
#include <fmt/format.h>

#include "tests/storage/twins.h"

namespace kith {
namespace {

template <typename T>
auto note(std::vector<std::string>& answers) {
  return [&answers](Result<T> result) { answers.push_back(describe(result)); };
}

}  // namespace

Twins::Issue Twins::any_append_issue(std::size_t user, WallTime at) {
  Append append = any_append(at);
  messages_.push_back({append.chat, append.message});
  return [user, append](Side& side, std::vector<std::string>& answers) {
    Append mine = append;
    mine.sender = side.users[user].id;
    mine.sender_key = side.users[user].key;
    side.shard().log().append(std::move(mine), [&answers](Append&&, Result<Appended> result) {
      answers.push_back(describe(result));
    });
  };
}

Twins::Issue Twins::any_change_issue(std::size_t user, WallTime at) {
  const auto [chat, message] = any_message();
  const auto whom = any_user_id();
  switch (below(6)) {
    case 0:
      return
          [=, this, edit = EditMessage{chat, message, any_content()}](Side& side, auto& answers) {
            side.shard().chats().edit(actor(side, user, at), edit, note<Committed>(answers));
          };
    case 1:
      return [=, this](Side& side, auto& answers) {
        side.shard().chats().remove(actor(side, user, at), {chat, message, ""},
                                    note<Committed>(answers));
      };
    case 2:
      return [=, this, add = chance(60)](Side& side, auto& answers) {
        side.shard().chats().react(actor(side, user, at), {chat, message, "👍", add},
                                   note<Committed>(answers));
      };
    case 3: {
      const auto action = static_cast<command::ModerationAction>(below(6));
      return [=, this](Side& side, auto& answers) {
        Moderate moderate;
        moderate.chat = chat;
        moderate.action = action;
        moderate.message = message;
        moderate.user = whom;
        side.shard().chats().moderate(actor(side, user, at), moderate, note<Committed>(answers));
      };
    }
    case 4:
      return [=, this](Side& side, auto& answers) {
        side.shard().chats().add_participant(actor(side, user, at), chat, whom,
                                             ParticipantRole::member, note<Committed>(answers));
      };
    default:
      return [=, this](Side& side, auto& answers) {
        side.shard().chats().mark_read(actor(side, user, at), chat, message,
                                       note<MarkedRead>(answers));
      };
  }
}

void Twins::burst() {
  std::vector<Issue> issues;
  for (std::size_t count = 2 + below(40); count > 0; --count) {
    const auto user = any_user();
    const auto at = now();
    issues.push_back(chance(60) ? any_append_issue(user, at) : any_change_issue(user, at));
  }
  both("burst", [&](Side& side) {
    std::vector<std::string> answers;
    for (const Issue& issue : issues) issue(side, answers);
    side.shard().log().submit();
    side.shard().queue().pump_until([&] { return answers.size() == issues.size(); });
    return fmt::format("{}", fmt::join(answers, "\n"));
  });
}

}  // namespace kith
