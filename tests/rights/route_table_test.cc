// Each row of route_table.h, for each relation, over HTTP against the real kithd. Who is refused is
// told nothing: the answer about a chat that one may not see is, byte for byte, the answer about a
// chat that does not exist, and the owner sees the chat unchanged afterwards.
#include <doctest/doctest.h>

#include "tests/rights/route_request.h"
#include "tests/rights/route_table.h"
#include "tests/rights/world.h"
#include "tests/support/smtp_server.h"

namespace kith::test {
namespace {

// What of an answer may differ between two requests that differ in their ids alone.
std::string without_ids(const HttpResponse& response) {
  std::string text = std::to_string(response.status);
  for (const auto& [name, value] : response.headers) {
    if (name != "x-correlation-id" && name != "date") text += '\n' + name + ": " + value;
  }
  const std::string correlation = response.header("x-correlation-id");
  return text + '\n' + replaced(response.body, correlation, "CORRELATION");
}

class Cell {
 public:
  Cell(World& world, const Stage& stage, const RouteRow& row, Relation relation)
      : world_(world), stage_(stage), row_(row), relation_(relation) {}

  void check() {
    CAPTURE(to_string(row_.method));
    CAPTURE(row_.pattern);
    CAPTURE(row_.about);
    CAPTURE(kRelationNames[index_of(relation_)]);
    const HttpResponse answer = ask(stage_);
    CAPTURE(answer.body);
    CHECK(answer.status == expected());
    if (!sees_the_chat(relation_) && !stands_open() && !reads_a_case())
      CHECK_FALSE(tells_the_canary(answer.body));
    if (expected() >= 400) {
      CHECK(answer.header("content-type") == "application/problem+json");
      CHECK(answer.body.find(stage_.canary) == std::string::npos);
    }
    if (must_read_as_nothing()) CHECK(without_ids(answer) == without_ids(ask(of_nothing())));
  }

 private:
  int expected() const { return row_.status[index_of(relation_)]; }

  bool names(std::string_view parameter) const {
    return row_.pattern.find(parameter) != row_.pattern.npos;
  }
  bool tells(std::string_view parameter) const {
    return row_.body.find(parameter) != row_.body.npos;
  }
  bool names_a_place() const {
    return names("{chat_id}") || names("{club_id}") || names("{event_id}");
  }
  // Another user, and nothing beside that might answer in their stead.
  bool names_a_user() const {
    return row_.subject == theirs && (names("{user_id}") || tells("{user_id}")) && !names_a_place();
  }
  bool must_read_as_nothing() const {
    if (tells("{email}")) return true;
    if (names("{session_id}") || names("{case_id}") || names("{service_id}") ||
        names("{notification_id}") || names_a_user()) {
      return expected() >= 400;
    }
    if (sees_the_chat(relation_)) return false;
    return names("{chat_id}") || (names_a_place() && expected() == 404);
  }
  // Who keeps order on the server is shown what was reported.
  bool reads_a_case() const { return names("{case_id}") && expected() == 200; }

  // To whoever knows the id; lists are another matter.
  bool stands_open() const {
    const bool named = row_.pattern.find('{') != row_.pattern.npos;
    return named && (row_.setting == Setting::open || row_.setting == Setting::unlisted);
  }

  // What one has said oneself, before one was removed, is in one's own export; others' words are
  // not.
  bool tells_the_canary(std::string body) const {
    if (row_.pattern == "/users/me/export") {
      const auto own = std::string(kRelationNames[index_of(relation_)]) + ' ' + stage_.canary;
      body = replaced(std::move(body), own, "");
    }
    return body.find(stage_.canary) != std::string::npos;
  }

  // The same request, about what does not exist.
  Stage of_nothing() const {
    Stage nothing = stage_;
    nothing.chat = unknown_id("chat_");
    nothing.club = unknown_id("club_");
    nothing.broadcast = unknown_id("bcast_");
    nothing.event = unknown_id("evt_");
    nothing.session = unknown_id("ses_");
    nothing.service = unknown_id("svc_");
    nothing.victims_notification = unknown_id("ntf_");
    if (names_a_user()) nothing.nobody = unknown_id("usr_");
    for (auto& email : nothing.victims_email) email = unknown_id("nobody-") + "@seed.kith";
    for (auto& id : nothing.reported_case) id = unknown_id("case_");
    for (auto& post : nothing.post) post = unknown_id("post_");
    for (auto& message : nothing.own_message) message = unknown_id("msg_");
    for (auto& message : nothing.victims_message) message = unknown_id("msg_");
    return nothing;
  }

  HttpResponse ask(const Stage& stage) const {
    User user = world_.as(relation_);
    // A logout ends the login that asks: the others' rows need theirs.
    if (row_.pattern == "/auth/logout" && relation_ != Relation::erased) {
      user = world_.logged_in_again(user);
    }
    return world_.server().http().send(
        request_of(row_, stage.fill(world_, relation_, row_.subject, row_.pattern),
                   stage.fill(world_, relation_, row_.subject, row_.body), user.token));
  }

  World& world_;
  const Stage& stage_;
  const RouteRow& row_;
  const Relation relation_;
};

// Who is refused goes first, so that what they left of the chat can be looked at.
void check_row(World& world, const RouteRow& row) {
  Stage stage = set_stage(world);
  if (row.pattern.find("{club_id}") != row.pattern.npos) {
    add_club(world, stage, row.setting);
  }
  if (row.pattern.starts_with("/events")) add_event(world, stage, row.setting);
  if (row.subject == Subject::theirs) add_named(world, stage, row.pattern);
  const std::string before = view_of(world, stage);
  REQUIRE(before.find(stage.canary) != std::string::npos);
  for (const bool refused : {true, false}) {
    for (std::size_t i = 0; i < kRelations; ++i) {
      if ((row.status[i] >= 400) != refused) continue;
      Cell(world, stage, row, static_cast<Relation>(i)).check();
    }
    if (!refused) continue;
    CHECK(view_of(world, stage) == before);
    check_named_stand(world, stage);
  }
}

// A server without mail says so to everybody, whatever else it might say.
bool asks_for_mail(const RouteRow& row) {
  return row.pattern == "/auth/verify-email/request" || row.pattern == "/auth/forgot-password";
}

TEST_CASE("every route answers everybody as the table says") {
  World world;
  SmtpServer mails;
  World with_mail({"email.smtp_url=" + mails.url(), "email.from=kith@example.com",
                   "email.in_clear=true", "limits.account_mails_per_minute=0"});
  for (const RouteRow& row : kRouteRows) check_row(asks_for_mail(row) ? with_mail : world, row);
  MESSAGE(kRoutes.size(), " routes, ", kRouteRows.size(), " rows, ", kRouteRows.size() * kRelations,
          " answers");
}

TEST_CASE("what is under /api/v1 is the same for everybody") {
  World world;
  const Stage stage = set_stage(world);
  for (std::size_t i = 0; i < kRelations; ++i) {
    const auto relation = static_cast<Relation>(i);
    HttpClient http = world.server().http();
    const std::string path = "/chats/" + stage.chat + "/messages";
    const HttpResponse root = http.get(path, world.as(relation).token);
    const HttpResponse versioned = http.get("/api/v1" + path, world.as(relation).token);
    CHECK(without_ids(root) == without_ids(versioned));
  }
}

}  // namespace
}  // namespace kith::test
