// The audit log: its chain, its refusals, and what an erasure leaves.
#include "storage/sql_audit.h"
#include "sql_file.h"

namespace kith {
namespace {

using Mode = SqliteConnection::Mode;

TokenHash token(std::uint8_t first) {
  TokenHash out{};
  out[0] = first;
  return out;
}

Result<Nothing> log_in(StoreFixture& store, const UserRecord& user, std::uint8_t refresh) {
  NewSession session{.id = store.new_session_id(),
                     .user = user.key,
                     .refresh_hash = token(refresh),
                     .now = store.now(),
                     .refresh_expires = store.now() + std::chrono::hours{1},
                     .client_address = "198.51.100.7",
                     .user_agent = "ios"};
  return store->await<Nothing>(
      [&](Callback<Nothing> done) { store->accounts().create_session(session, std::move(done)); });
}

// Two users who logged in, and one banned by the other; the store is closed.
struct AuditedFile {
  SqlFile file;
  UserRecord owner;
  UserRecord member;

  AuditedFile() {
    auto& store = file.store();
    owner = store.add_user("Olga");
    member = store.add_user("Max");
    REQUIRE(log_in(store, owner, 1).ok());
    REQUIRE(log_in(store, member, 2).ok());
    for (const auto& user : {owner, member}) {
      store->accounts().audit(user.key, "token.refused",
                              R"({"why":"secret of )" + user.display_name + R"("})", store.now());
    }
    const auto chat = store.add_group({owner, member});
    REQUIRE(store
                ->moderate(store.actor(owner), {.chat = chat,
                                                .action = command::ModerationAction::ban,
                                                .message = {},
                                                .user = member.id,
                                                .reason = "spam",
                                                .until = {}})
                .ok());
    file.close();
  }
};

// What somebody with the file and without scruples does: the triggers are no obstacle to them.
void tamper(AuditedFile& audited, const std::string& script) {
  auto db = audited.file.connect(Mode::write);
  REQUIRE(
      db->run_script("DROP TRIGGER audit_log_keeps_rows; DROP TRIGGER audit_log_keeps_values;"));
  REQUIRE(db->run_script(script));
}

std::optional<std::int64_t> broken_at(AuditedFile& audited) {
  return verify_audit(*audited.file.connect()).broken_at;
}

}  // namespace

TEST_CASE("the audit chain of a store that was used verifies") {
  AuditedFile audited;
  const auto verified = verify_audit(*audited.file.connect());
  CHECK_FALSE(verified.broken_at.has_value());
  CHECK(verified.entries >= 7);  // two of sign-up, login and refusal each, a ban
  CHECK(verified.erased == 0);
}

TEST_CASE("the audit chain holds over restarts, refusals and every kind of entry") {
  SqlFile file;
  auto& store = file.store();
  const auto owner = store.add_user("Olga");
  const auto member = store.add_user("Max");
  const auto chat = store.add_group({owner, member});
  using Action = command::ModerationAction;
  const auto moderate = [&](const UserRecord& who, Action action) {
    Moderate request{.chat = chat, .action = action};
    request.user = member.id;
    return outcome(store->moderate(store.actor(who), request));
  };
  for (std::uint8_t round = 1; round <= 5; ++round) {
    REQUIRE(log_in(store, member, round).ok());
    const auto sent = store.say(member, chat, "text");
    REQUIRE(store->remove(store.actor(owner), {chat, sent.message, "spam"}).ok());
    REQUIRE(moderate(owner, Action::mute) == "ok");
    CHECK(moderate(member, Action::unmute) == "forbidden");  // undone: leaves nothing
    REQUIRE(moderate(owner, Action::unmute) == "ok");
    store.reopen();
  }
  file.close();
  const auto db = file.connect();
  const auto verified = verify_audit(*db);
  CHECK_FALSE(verified.broken_at.has_value());
  CHECK(verified.entries >= 22);  // two sign-ups; a login, a removal, two of moderation each round
  auto kinds = db->query(
      "SELECT COUNT(*) FROM audit_log WHERE action IN"
      " ('message.remove', 'moderation.mute', 'moderation.unmute')");
  REQUIRE(kinds.next());
  CHECK(kinds.integer(0) == 15);
}

TEST_CASE("what was audited names who did it and the particulars") {
  AuditedFile audited;
  auto db = audited.file.connect();
  auto row = db->query(
      "SELECT d.user_id, d.detail FROM audit_log a JOIN audit_details d ON d.audit_id = a.id "
      "WHERE a.action = 'moderation.ban'");
  REQUIRE(row.next());
  CHECK(UserKey{row.integer(0)} == audited.owner.key);
  CHECK(row.text(1).find(audited.member.id.text()) != std::string_view::npos);
  CHECK(row.text(1).find("\"reason\":\"spam\"") != std::string_view::npos);
}

TEST_CASE("an erasure empties a user's details, leaves no trace of them, and the chain verifies") {
  AuditedFile audited;
  const auto before = verify_audit(*audited.file.connect());
  REQUIRE(audited.file.holds("secret of Max"));
  {
    auto db = audited.file.connect(Mode::write);
    CHECK(erase_audit_details(*db, audited.member.key, 10) == 3);
    CHECK_FALSE(db->failure().has_value());
    db->checkpoint(SqliteConnection::Checkpoint::truncate);
  }
  const auto after = verify_audit(*audited.file.connect());
  CHECK_FALSE(after.broken_at.has_value());
  CHECK(after.entries == before.entries);
  CHECK(after.erased == 3);
  CHECK(after.head_hash == before.head_hash);
  CHECK_FALSE(audited.file.holds("secret of Max"));
  CHECK(audited.file.holds("secret of Olga"));
}

TEST_CASE("the audit log refuses to be changed or cut") {
  AuditedFile audited;
  for (const char* sql :
       {"UPDATE audit_log SET action = 'auth.logout' WHERE id = 2", "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE id = (SELECT MAX(id) FROM audit_log)"}) {
    auto db = audited.file.connect(Mode::write);
    db->execute(sql);
    CHECK(db->failure().has_value());
  }
  CHECK_FALSE(broken_at(audited).has_value());
}

TEST_CASE("tampering with an entry behind the triggers' back is found where it happened") {
  AuditedFile audited;
  SUBCASE("another action") {
    tamper(audited, "UPDATE audit_log SET action = 'auth.logout' WHERE id = 3");
    CHECK(broken_at(audited) == 3);
  }
  SUBCASE("another time") {
    tamper(audited, "UPDATE audit_log SET at = at + 1 WHERE id = 3");
    CHECK(broken_at(audited) == 3);
  }
  SUBCASE("another detail") {
    tamper(audited, "UPDATE audit_details SET detail = '{}' WHERE audit_id = 3");
    CHECK(broken_at(audited) == 3);
  }
  SUBCASE("another culprit") {
    tamper(audited, "UPDATE audit_details SET user_id = user_id + 1 WHERE audit_id = 3");
    CHECK(broken_at(audited) == 3);
  }
  SUBCASE("an entry taken out") {
    tamper(audited, "PRAGMA foreign_keys = OFF; DELETE FROM audit_log WHERE id = 3");
    CHECK(broken_at(audited) == 4);
  }
  SUBCASE("the first entry taken out") {
    tamper(audited, "PRAGMA foreign_keys = OFF; DELETE FROM audit_log WHERE id = 1");
    CHECK(broken_at(audited) == 2);
  }
}

}  // namespace kith
