// Chats: who may change, remove, hide, mute and ban what and whom.
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

using Action = command::ModerationAction;

// A chat with one of each standing, and a message of each.
struct Cast {
  explicit Cast(StoreFixture& fixture) : store(fixture) {
    chat = store.add_group({owner, moderator, second, member, other});
    store.set_role(owner, chat, moderator, ParticipantRole::moderator);
    store.set_role(owner, chat, second, ParticipantRole::moderator);
  }
  Moderate about(Action action, MessageId message) const {
    return {
        .chat = chat, .action = action, .message = message, .user = {}, .reason = {}, .until = {}};
  }
  Moderate against(Action action, const UserRecord& user) const {
    return {
        .chat = chat, .action = action, .message = {}, .user = user.id, .reason = {}, .until = {}};
  }
  std::string_view moderate(const UserRecord& who, const Moderate& what) {
    return outcome(store->moderate(store.actor(who), what));
  }
  std::size_t events(const Result<Committed>& result) {
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    return result->events.size();
  }

  StoreFixture& store;
  UserRecord owner = store.add_user("owner");
  UserRecord moderator = store.add_user("moderator");
  UserRecord second = store.add_user("second");
  UserRecord member = store.add_user("member");
  UserRecord other = store.add_user("other");
  UserRecord stranger = store.add_user("stranger");
  ChatId chat;
};

TEST_CASE_TEMPLATE("only the sender edits a message", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto sent = store.say(cast.member, cast.chat, "text");
  const auto edit = [&](const UserRecord& who) {
    return store->edit(store.actor(who), {cast.chat, sent.message, text_content("new")});
  };
  CHECK(outcome(edit(cast.other)) == "forbidden");
  CHECK(outcome(edit(cast.moderator)) == "forbidden");
  CHECK(outcome(edit(cast.owner)) == "forbidden");
  CHECK(outcome(edit(cast.stranger)) == "not_found");
  const auto edited = edit(cast.member);
  REQUIRE(edited.ok());
  REQUIRE(edited->events.size() == 1);
  CHECK(edited->events[0].type == EventType::message_update);
  CHECK(edited->events[0].content == text_content("new").json);
  CHECK(edited->events[0].seq == sent.seq + 1);
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::mute, cast.member)) == "ok");
  CHECK(outcome(edit(cast.member)) == "forbidden");
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::unmute, cast.member)) == "ok");
  REQUIRE(cast.moderate(cast.owner, cast.about(Action::hide, sent.message)) == "ok");
  CHECK(outcome(edit(cast.member)) == "conflict");
  REQUIRE(cast.moderate(cast.owner, cast.about(Action::restore, sent.message)) == "ok");
  CHECK(outcome(edit(cast.member)) == "ok");
  REQUIRE(store->remove(store.actor(cast.member), {cast.chat, sent.message, ""}).ok());
  CHECK(outcome(edit(cast.member)) == "conflict");
}

TEST_CASE_TEMPLATE("the sender or a moderator deletes, once", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto remove = [&](const UserRecord& who, MessageId message) {
    return store->remove(store.actor(who), {cast.chat, message, "reason"});
  };
  const auto sent = store.say(cast.member, cast.chat, "text");
  CHECK(outcome(remove(cast.other, sent.message)) == "forbidden");
  CHECK(outcome(remove(cast.stranger, sent.message)) == "not_found");
  CHECK(outcome(remove(cast.member, store.new_message_id())) == "not_found");
  const auto removed = remove(cast.moderator, sent.message);
  REQUIRE(removed.ok());
  REQUIRE(removed->events.size() == 1);
  CHECK(removed->events[0].user == cast.member.id);
  CHECK(removed->events[0].by == cast.moderator.id);
  CHECK(removed->by == cast.moderator.id);
  for (const auto& who : {cast.moderator, cast.owner, cast.member}) {
    const auto again = remove(who, sent.message);
    CHECK(cast.events(again) == 0);
    CHECK(again->by == cast.moderator.id);  // whoever asks
  }

  // A moderator's right is over the chat, not over lower roles alone.
  for (const auto& who : {cast.owner, cast.second}) {
    CHECK(cast.events(remove(cast.moderator, store.say(who, cast.chat, "text").message)) == 1);
  }
  const auto own = store.say(cast.member, cast.chat, "mine");
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::mute, cast.member)) == "ok");
  CHECK(cast.events(remove(cast.member, own.message)) == 1);  // also while muted
  CHECK(remove(cast.owner, own.message)->by == cast.member.id);
  const auto hidden = store.say(cast.other, cast.chat, "hidden");
  REQUIRE(cast.moderate(cast.owner, cast.about(Action::hide, hidden.message)) == "ok");
  CHECK(cast.events(remove(cast.other, hidden.message)) == 1);
  CHECK(cast.moderate(cast.owner, cast.about(Action::restore, hidden.message)) == "conflict");
}

TEST_CASE_TEMPLATE("a reaction stands once per user and emoji", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto sent = store.say(cast.member, cast.chat, "text");
  const auto react = [&](const UserRecord& who, const std::string& emoji, bool add) {
    return store->react(store.actor(who), {cast.chat, sent.message, emoji, add});
  };
  CHECK(cast.events(react(cast.owner, "👍", true)) == 1);
  CHECK(cast.events(react(cast.owner, "👍", true)) == 0);
  CHECK(cast.events(react(cast.other, "👍", true)) == 1);
  CHECK(cast.events(react(cast.owner, "🎉", true)) == 1);
  CHECK(cast.events(react(cast.other, "🎉", false)) == 0);
  CHECK(cast.events(react(cast.owner, "👍", false)) == 1);
  CHECK(cast.events(react(cast.owner, "👍", false)) == 0);
  const auto history =
      store->history(store.actor(cast.owner),
                     {.chat = cast.chat, .before_seq = {}, .after_seq = {}, .before_time = {}});
  REQUIRE(history.ok());
  const auto& reactions = history->messages.back().reactions;
  REQUIRE(reactions.size() == 2);
  CHECK(reactions[0].emoji == "👍");
  CHECK(reactions[0].count == 1);
  CHECK_FALSE(reactions[0].me);
  CHECK(reactions[1].emoji == "🎉");
  CHECK(reactions[1].me);

  for (std::uint32_t kind = 2; kind < limits::kReactionEmojisMax; ++kind) {
    CHECK(cast.events(react(cast.owner, numbered("e", kind), true)) == 1);
  }
  CHECK(outcome(react(cast.owner, "one more", true)) == "too_large");
  CHECK(outcome(react(cast.member, "e7", true)) == "ok");
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::mute, cast.member)) == "ok");
  CHECK(outcome(react(cast.member, "👍", true)) == "forbidden");
  REQUIRE(store->remove(store.actor(cast.owner), {cast.chat, sent.message, ""}).ok());
  CHECK(outcome(react(cast.owner, "👍", true)) == "conflict");
}

TEST_CASE_TEMPLATE("nobody moderates one whose role is not below theirs", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  struct Row {
    const UserRecord& who;
    const UserRecord& whom;
    std::string_view expected;
  };
  const Row rows[] = {{cast.owner, cast.owner, "forbidden"},
                      {cast.owner, cast.moderator, "ok"},
                      {cast.owner, cast.member, "ok"},
                      {cast.moderator, cast.owner, "forbidden"},
                      {cast.moderator, cast.second, "forbidden"},
                      {cast.moderator, cast.moderator, "forbidden"},
                      {cast.moderator, cast.member, "ok"},
                      {cast.member, cast.other, "forbidden"},
                      {cast.member, cast.owner, "forbidden"},
                      {cast.stranger, cast.member, "not_found"}};
  for (const auto& [who, whom, expected] : rows) {
    INFO(who.display_name << " against " << whom.display_name);
    CHECK(cast.moderate(who, cast.against(Action::mute, whom)) == expected);
    CHECK(cast.moderate(who, cast.against(Action::unmute, whom)) == expected);
    const auto sent = store.say(whom, cast.chat, "text");
    const bool own = who.id == whom.id;  // hiding one's own is no more than deleting it
    CHECK(cast.moderate(who, cast.about(Action::hide, sent.message)) == (own ? "ok" : expected));
    CHECK(cast.moderate(who, cast.about(Action::restore, sent.message)) == (own ? "ok" : expected));
  }
  CHECK(cast.moderate(cast.owner, cast.against(Action::mute, cast.stranger)) == "not_found");
  auto nobody = cast.against(Action::mute, cast.member);
  nobody.user.reset();
  CHECK(cast.moderate(cast.owner, nobody) == "bad_request");
  nobody.action = Action::hide;
  CHECK(cast.moderate(cast.owner, nobody) == "bad_request");
}

TEST_CASE_TEMPLATE("a sender shows again what they hid themselves, not what another hid", Adapter,
                   ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto sent = store.say(cast.moderator, cast.chat, "text");
  const Moderate hide = cast.about(Action::hide, sent.message);
  const Moderate restore = cast.about(Action::restore, sent.message);
  REQUIRE(cast.moderate(cast.owner, hide) == "ok");
  CHECK(cast.moderate(cast.moderator, hide) == "ok");
  CHECK(cast.moderate(cast.moderator, restore) == "forbidden");
  REQUIRE(cast.moderate(cast.owner, restore) == "ok");
  // Nor by having hidden it first.
  REQUIRE(cast.moderate(cast.moderator, hide) == "ok");
  CHECK(cast.events(store->moderate(store.actor(cast.owner), hide)) == 0);
  CHECK(cast.moderate(cast.moderator, restore) == "forbidden");
  CHECK(cast.events(store->moderate(store.actor(cast.owner), restore)) == 1);
}

TEST_CASE_TEMPLATE("moderation that changes nothing commits nothing", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto sent = store.say(cast.member, cast.chat, "text");
  const auto count = [&](const Moderate& moderate) {
    return cast.events(store->moderate(store.actor(cast.owner), moderate));
  };
  CHECK(count(cast.about(Action::restore, sent.message)) == 0);
  CHECK(count(cast.about(Action::hide, sent.message)) == 1);
  CHECK(count(cast.about(Action::hide, sent.message)) == 0);
  CHECK(count(cast.against(Action::unmute, cast.member)) == 0);
  CHECK(count(cast.against(Action::mute, cast.member)) == 1);
  CHECK(count(cast.against(Action::mute, cast.member)) == 0);
  CHECK(count(cast.against(Action::unban, cast.member)) == 0);
  CHECK(count(cast.against(Action::ban, cast.member)) == 1);
  CHECK(count(cast.against(Action::ban, cast.member)) == 0);
  CHECK(count(cast.against(Action::unban, cast.member)) == 1);
}

TEST_CASE_TEMPLATE("a ban ends membership until a new invitation", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto before = store->get(store.actor(cast.owner), cast.chat)->participant_count;
  auto ban = cast.against(Action::ban, cast.member);
  ban.until = store.now() + std::chrono::hours{1};
  const auto banned = store->moderate(store.actor(cast.moderator), ban);
  REQUIRE(banned.ok());
  REQUIRE(banned->events.size() == 1);
  CHECK(banned->events[0].action == Action::ban);
  CHECK(banned->events[0].user == cast.member.id);
  CHECK(banned->events[0].until == ban.until);
  CHECK(outcome(store->attach(cast.chat, cast.member.key)) == "forbidden");
  CHECK(outcome(store->get(store.actor(cast.member), cast.chat)) == "not_found");
  CHECK(store->get(store.actor(cast.owner), cast.chat)->participant_count == before - 1);
  CHECK(outcome(store->add(store.actor(cast.owner), cast.chat, cast.member.id)) == "forbidden");
  store.advance(std::chrono::hours{2});  // lapsed, which does not bring it back either
  CHECK(outcome(store->attach(cast.chat, cast.member.key)) == "forbidden");
  CHECK(outcome(store->add(store.actor(cast.owner), cast.chat, cast.member.id)) == "ok");
  CHECK(outcome(store->attach(cast.chat, cast.member.key)) == "ok");
  CHECK(store->get(store.actor(cast.owner), cast.chat)->participant_count == before);

  // Also one who was never in it.
  CHECK(cast.moderate(cast.owner, cast.against(Action::ban, cast.stranger)) == "ok");
  CHECK(store->get(store.actor(cast.owner), cast.chat)->participant_count == before);
  CHECK(outcome(store->add(store.actor(cast.owner), cast.chat, cast.stranger.id)) == "forbidden");
  CHECK(cast.moderate(cast.owner, cast.against(Action::unban, cast.stranger)) == "ok");
  CHECK(outcome(store->add(store.actor(cast.owner), cast.chat, cast.stranger.id)) == "ok");
}

TEST_CASE_TEMPLATE("leaving and coming back does not end a mute", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::mute, cast.member)) == "ok");
  REQUIRE(store->drop(store.actor(cast.member), cast.chat, cast.member.id).ok());
  REQUIRE(store->add(store.actor(cast.owner), cast.chat, cast.member.id).ok());
  CHECK(outcome(store->append(store.message(cast.member, cast.chat, "text"))) == "forbidden");
}

TEST_CASE_TEMPLATE("one who is muted is told until when", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto muted_until = [&](const UserRecord& who) {
    const auto attached = store->attach(cast.chat, who.key);
    const auto access = store->access(who.key, cast.chat);
    REQUIRE(attached.ok());
    REQUIRE(access.ok());
    CHECK(attached->muted_until == access->muted_until);
    return attached->muted_until;
  };
  CHECK_FALSE(muted_until(cast.member).has_value());
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::mute, cast.member)) == "ok");
  CHECK(muted_until(cast.member) == WallTime::max());
  CHECK_FALSE(muted_until(cast.other).has_value());
  CHECK_FALSE(store->attach(cast.member.id, cast.member.key)->muted_until.has_value());
  auto until = cast.against(Action::mute, cast.member);
  until.until = store.now() + std::chrono::minutes{1};
  REQUIRE(cast.moderate(cast.owner, until) == "ok");
  CHECK(muted_until(cast.member) == until.until);
  REQUIRE(cast.moderate(cast.owner, cast.against(Action::unmute, cast.member)) == "ok");
  CHECK_FALSE(muted_until(cast.member).has_value());
}

TEST_CASE_TEMPLATE("one open report per reporter and message", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Cast cast(store);
  const auto sent = store.say(cast.member, cast.chat, "text");
  const auto report = [&](const UserRecord& who, MessageId message, ReportId id) {
    return store->report(store.actor(who), cast.chat, message, id);
  };
  const auto id = store.new_report_id();
  CHECK(*report(cast.other, sent.message, id) == id);
  CHECK(*report(cast.other, sent.message, store.new_report_id()) == id);
  const auto another = store.new_report_id();
  CHECK(*report(cast.owner, sent.message, another) == another);
  CHECK(outcome(report(cast.owner, store.new_message_id(), another)) == "not_found");
}

}  // namespace
}  // namespace kith
