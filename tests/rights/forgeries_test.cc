// Each forgery at each door of the real kithd: HTTP, the handshake, connection.init and
// connection.refresh. None is let in, all are answered with the same bytes, and each refusal is in
// the audit log.
#include "tests/rights/forgeries.h"

#include <doctest/doctest.h>

#include <set>

#include "storage/sqlite_connection.h"
#include "tests/rights/world.h"

namespace kith::test {
namespace {

// Two logins of the same user, made by the product itself, the second one ended.
ForgersKit kit_of(World& world) {
  const User another = world.server().log_in(world.as(Relation::member));
  const User ended = world.server().log_in(world.as(Relation::owner));
  const User good = world.server().log_in(world.as(Relation::owner));
  REQUIRE(world.server().post("/auth/logout", "", ended).status == 204);
  TokenVerifier verifier(*make_hmac_key(world.secret()), jwt_forger::kParties);
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto claims = verifier.verify(good.token, now);
  const auto others = verifier.verify(another.token, now);
  REQUIRE(claims);
  REQUIRE(others);
  return ForgersKit{
      .secret = world.secret(),
      .bearer = {.user = claims->user,
                 .session = claims->session,
                 .now = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count()},
      .good_token = good.token,
      .erased_user = *UserId::parse(world.as(Relation::erased).id),
      .session_of_another = others->session,
      .logged_out_token = ended.token,
      .refresh_token = good.refresh_token};
}

// Everything of an answer but its time and the request's own number.
std::string bytes_of(const HttpResponse& response) {
  std::string text = std::to_string(response.status);
  for (const auto& [name, value] : response.headers) {
    if (name != "x-correlation-id" && name != "date") text += '\n' + name + ": " + value;
  }
  return text + '\n' + replaced(response.body, response.header("x-correlation-id"), "NUMBER");
}

std::int64_t refusals_audited(World& world) {
  auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                   SqliteConnection::Mode::read);
  REQUIRE(db);
  auto row = (*db)->query("SELECT COUNT(*) FROM audit_log WHERE action = 'auth.token_refused'");
  return row.next() ? row.integer(0) : 0;
}

// The audit is committed behind the answer: waits until it is there, and that there is no more.
void check_refusals_audited(World& world, std::int64_t expected) {
  const auto deadline = Clock::now() + kPatience;
  while (refusals_audited(world) < expected && Clock::now() < deadline) {
    REQUIRE(world.server().http().get("/readyz").status == 200);  // commits
  }
  CHECK(refusals_audited(world) == expected);
}

struct Doors {
  World world{{"shards=1"}};
  ForgersKit kit = kit_of(world);
  std::vector<Forgery> all = forgeries(kit);
};

TEST_CASE("the kit works: what the forger starts from is a token that holds") {
  Doors doors;
  HttpClient http = doors.world.server().http();
  CHECK(http.get("/users/me", doors.kit.good_token).status == 200);
  const std::string own = jwt_forger::forge(
      jwt_forger::kHeader, jwt_forger::good_claims(doors.kit.bearer), doors.kit.secret);
  CHECK(http.get("/users/me", own).status == 200);
  std::set<std::string> texts;
  for (const Forgery& forgery : doors.all) texts.insert(forgery.token);
  CHECK(texts.size() == doors.all.size());
  CHECK(doors.all.size() >= 120);
}

TEST_CASE("no forgery opens HTTP, and all are told the same") {
  Doors doors;
  HttpClient http = doors.world.server().http();
  std::set<std::string> answers;
  std::int64_t tried = 0;
  for (const Forgery& forgery : doors.all) {
    CAPTURE(forgery.name);
    if (forgery.only_on_sockets) continue;
    const HttpResponse answer = http.get("/users/me", forgery.token);
    if (forgery.oversized) {
      CHECK(answer.status == 431);
      continue;
    }
    ++tried;
    CHECK(answer.status == 401);
    answers.insert(bytes_of(answer));
  }
  CHECK(answers.size() == 1);
  check_refusals_audited(doors.world, tried);
  MESSAGE(tried, " forgeries at HTTP, none accepted");
}

TEST_CASE("no forgery opens a socket by its handshake, and all are told the same") {
  Doors doors;
  std::set<std::string> answers;
  std::int64_t tried = 0;
  for (const Forgery& forgery : doors.all) {
    CAPTURE(forgery.name);
    if (forgery.only_on_sockets || forgery.oversized) continue;
    WsClient socket(doors.world.server().port(),
                    {.headers = {{"Authorization", "Bearer " + forgery.token}}});
    socket.send(R"({"type":"connection.init"})");  // where the store's word is asked
    ++tried;
    CHECK(socket.wait_close() == 4500);
    REQUIRE(socket.closing());
    answers.insert(socket.closing()->dump() + socket.close_reason());
  }
  CHECK(answers.size() == 1);
  check_refusals_audited(doors.world, tried);
}

TEST_CASE("no forgery opens a socket by connection.init, and all are told the same") {
  Doors doors;
  std::set<std::string> answers;
  std::int64_t tried = 0;
  for (const Forgery& forgery : doors.all) {
    CAPTURE(forgery.name);
    WsClient socket(doors.world.server().port());
    socket.send(R"({"type":"connection.init","token":)" + json_string(forgery.token) + "}");
    const auto code = socket.wait_close();
    if (forgery.oversized) {
      CHECK(code == 1009);
      continue;
    }
    ++tried;
    CHECK(code == 4500);
    REQUIRE(socket.closing());
    answers.insert(socket.closing()->dump() + socket.close_reason());
  }
  CHECK(answers.size() == 1);
  check_refusals_audited(doors.world, tried);
  MESSAGE(tried, " forgeries at connection.init, none accepted");
}

TEST_CASE("no forgery prolongs a socket, and all are told the same") {
  Doors doors;
  std::set<std::string> answers;
  std::int64_t tried = 0;
  User user = doors.world.as(Relation::owner);
  user.token = doors.kit.good_token;
  WsClient socket = connect(doors.world.server(), user);
  for (const Forgery& forgery : doors.all) {
    CAPTURE(forgery.name);
    if (forgery.oversized) continue;
    // More than 200 errors a minute would be a flood.
    if (tried % 150 == 149) socket = connect(doors.world.server(), user);
    const Json answer =
        socket.ask(R"({"type":"connection.refresh","token":)" + json_string(forgery.token) + "}");
    ++tried;
    CHECK(answer["code"].text() == "unauthorized");
    answers.insert(replaced(answer.dump(), answer["id"].text(), "ID"));
  }
  CHECK(answers.size() == 1);
  check_refusals_audited(doors.world, tried);
  MESSAGE(tried, " forgeries at connection.refresh, none accepted");
}

TEST_CASE("a NUL in a token is an error and opens nothing") {
  Doors doors;
  WsClient socket(doors.world.server().port());
  socket.send(R"({"type":"connection.init","id":"1","token":")" + doors.kit.good_token +
              R"(\u0000"})");
  CHECK(socket.expect("error")["code"].text() == "bad_request");
  socket.send(R"({"type":"ping"})");
  CHECK(socket.wait_close() == 4502);
}

TEST_CASE("a role in the claims is nobody's role") {
  Doors doors;
  const std::string raised = jwt_forger::forge(
      jwt_forger::kHeader, jwt_forger::claims_with("role", R"("admin")", doors.kit.bearer),
      doors.kit.secret);
  const HttpResponse me = doors.world.server().http().get("/users/me", raised);
  CHECK(me.status == 200);
  CHECK(me.json()["role"].text() == "user");
}

TEST_CASE("a token of another user's does not take a socket over") {
  Doors doors;
  User user = doors.world.as(Relation::owner);
  user.token = doors.kit.good_token;
  WsClient socket = connect(doors.world.server(), user);
  socket.send(R"({"type":"connection.refresh","token":")" + doors.world.as(Relation::member).token +
              "\"}");
  CHECK(socket.wait_close() == 4500);
}

TEST_CASE("past the bound refusals are still refused, and the audit says how many it left out") {
  World world({"shards=1"});
  HttpClient http = world.server().http();
  const int tried = 700;
  for (int i = 0; i < tried; ++i) REQUIRE(http.get("/users/me", "forged").status == 401);
  const auto deadline = Clock::now() + kPatience;
  while (refusals_audited(world) < 500 && Clock::now() < deadline) http.get("/readyz");
  CHECK(refusals_audited(world) >= 500);
  CHECK(refusals_audited(world) < tried);
}

}  // namespace
}  // namespace kith::test
