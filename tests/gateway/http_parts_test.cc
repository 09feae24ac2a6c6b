// The smaller parts of HTTP: JSON bodies, problems, cursors, addresses, limits, quotas, metrics.
#include <doctest/doctest.h>

#include "gateway/client_address.h"
#include "gateway/http_answer.h"
#include "gateway/keyed_limits.h"
#include "gateway/metrics.h"
#include "gateway/rest/history_cursor.h"
#include "gateway/rest/json_body.h"
#include "gateway/socket_quota.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

int status_of(std::string_view json) {
  const auto body = JsonBody::parse_unchecked(json);
  const auto* refusal = std::get_if<Problem>(&body);
  return refusal == nullptr ? 200 : refusal->status;
}

std::string nested(int depth) {
  std::string out = "{\"a\":";
  for (int i = 1; i < depth; ++i) out += "[";
  out += "1";
  for (int i = 1; i < depth; ++i) out += "]";
  return out + "}";
}

TEST_CASE("bodies that are no JSON object, or mean two things, are 400") {
  CHECK(status_of(R"({})") == 200);
  CHECK(status_of(R"({"a":{"b":[1,{"c":"d"}]}})") == 200);
  CHECK(status_of(nested(16)) == 200);
  using namespace std::string_literals;
  for (const std::string& bad : {""s,
                                 " "s,
                                 "[]"s,
                                 "1"s,
                                 "null"s,
                                 "\"a\""s,
                                 "{"s,
                                 "{}{}"s,
                                 "{} x"s,
                                 "{\"a\":1,}"s,
                                 "{\"a\":tru}"s,
                                 "{\"a\":NaN}"s,
                                 "{\"a\":01}"s,
                                 "{\"a\":1e400}"s,
                                 "{a:1}"s,
                                 "{'a':1}"s,
                                 "{\"a\":1,\"a\":2}"s,
                                 "{\"a\":1,\"\\u0061\":2}"s,
                                 "{\"b\":{\"a\":1,\"a\":2}}"s,
                                 "{\"b\":[{\"a\":1,\"a\":2}]}"s,
                                 "{\"a\":\"\\u0000\"}"s,
                                 "{\"\\u0000\":1}"s,
                                 "{\"a\":[\"x\\u0000\"]}"s,
                                 "{\"a\":\"\\ud800\"}"s,
                                 "\xef\xbb\xbf{}"s,
                                 "{\"a\":\"\xff\"}"s,
                                 "{\"a\":\"\n\"}"s,
                                 "/* */{}"s,
                                 "{\"a\":\0}"s}) {
    INFO(bad);
    CHECK(status_of(bad) == 400);
  }
  CHECK(status_of(nested(17)) == 400);
}

TEST_CASE("fields that are missing or wrong gather, each named once") {
  auto parsed = JsonBody::parse_unchecked(
      R"({"name":"ä👍","short":"","number":7,"list":["a",1],"id":"x","none":null,"yes":true})");
  REQUIRE(std::holds_alternative<JsonBody>(parsed));
  JsonBody& body = std::get<JsonBody>(parsed);
  CHECK(body.text("name", {.min = 1, .max = 2}) == "ä👍");  // counted in characters
  CHECK(body.boolean("yes"));
  CHECK_FALSE(body.optional_text("none", {.min = 1, .max = 2}));
  CHECK_FALSE(body.refusal());
  body.text("short", {.min = 1, .max = 2});
  body.text("short", {.min = 1, .max = 2});
  body.text("number", {.min = 1, .max = 2});
  body.text("missing", {.min = 1, .max = 2});
  body.text("none", {.min = 1, .max = 2});
  body.optional_texts("list", 5, {.min = 1, .max = 2});
  body.id<IdKind::user>("id");
  body.boolean("name");
  const auto refusal = body.refusal();
  REQUIRE(refusal);
  CHECK(refusal->status == 422);
  std::vector<std::string> fields;
  for (const auto& error : refusal->errors) fields.push_back(error.field);
  CHECK(fields ==
        std::vector<std::string>{"short", "number", "missing", "none", "list", "id", "name"});
}

TEST_CASE("names come composed out of a body, and those that are none are named") {
  auto parsed = JsonBody::parse_unchecked(
      R"({"name":"Zoe\u0308","none":null,"empty":"","tags":["cafe\u0301","b"],"number":7,)"
      R"("turned":"a\u202eb","list":["a","p\u0430y"],"long":"abc"})");
  REQUIRE(std::holds_alternative<JsonBody>(parsed));
  JsonBody& body = std::get<JsonBody>(parsed);
  CHECK(body.name("name", {.min = 1, .max = 3}) == "Zo\u00EB");
  CHECK_FALSE(body.optional_name("none", {.min = 1, .max = 3}));
  CHECK(body.optional_name("empty", {.min = 0, .max = 3}) == "");
  CHECK(body.optional_names("tags", 2, {.min = 1, .max = 4}) ==
        std::vector<std::string>{"caf\u00E9", "b"});
  CHECK_FALSE(body.refusal());
  body.name("missing", {.min = 1, .max = 3});
  body.name("number", {.min = 1, .max = 3});
  body.name("turned", {.min = 1, .max = 3});
  body.optional_names("list", 2, {.min = 1, .max = 3});
  body.optional_name("long", {.min = 1, .max = 2});
  body.as_name("within.name", "", {.min = 1, .max = 2});
  const auto refusal = body.refusal();
  REQUIRE(refusal);
  CHECK(refusal->status == 422);
  std::string said;
  for (const auto& error : refusal->errors) said += error.field + ' ' + error.message + ". ";
  CHECK(said ==
        "missing is needed. number must be a string. turned must not have marks of direction. "
        "list has an entry that must not mix scripts within a word. "
        "long must have 1 to 2 characters. within.name must have 1 to 2 characters. ");
}

TEST_CASE("problems carry their code, the correlation id and a time to come back") {
  const auto response = to_response(
      to_problem(Error{.code = ErrorCode::rate_limited, .message = "later", .retry_after = 1500ms}),
      "c1");
  CHECK(response.status == 429);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body.find(R"("code":"rate_limited")") != std::string::npos);
  CHECK(response.body.find(R"("correlation_id":"c1")") != std::string::npos);
  const std::string head = answer_head(response, {.correlation_id = "c1", .keep_alive = true});
  CHECK(head.find("Retry-After: 2\r\n") != std::string::npos);
  CHECK(head.find("X-Correlation-Id: c1\r\n") != std::string::npos);
  CHECK(head.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(head.find("Cache-Control: no-store\r\n") != std::string::npos);
  CHECK(head.find("Server: kith\r\n") != std::string::npos);
  CHECK(head.find("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n") != std::string::npos);
}

TEST_CASE("an answer that says itself how long it holds says so once") {
  HttpResponse feed{.fields = {{"Cache-Control", "private, no-cache"}}};
  for (const bool page : {false, true}) {
    feed.page = page;
    const std::string head = answer_head(feed, {.correlation_id = "c1", .keep_alive = true});
    CHECK(head.find("\r\nCache-Control: private, no-cache\r\n") != std::string::npos);
    CHECK(head.find("Cache-Control") == head.rfind("Cache-Control"));
  }
}

TEST_CASE("what went wrong inside is not told") {
  const auto response =
      to_response(to_problem(fail(ErrorCode::internal, "SELECT secret FROM users")), "c1");
  CHECK(response.status == 500);
  CHECK(response.body.find("SELECT") == std::string::npos);
}

TEST_CASE("a history cursor holds for its chat only, and cannot be made up") {
  const ChatId chat{Uuid{1, 2, 3}};
  const ChatId other{Uuid{1, 2, 4}};
  for (const Seq seq : {Seq{1}, Seq{128}, Seq{1} << 52}) {
    CHECK(decode_history_cursor(chat, encode_history_cursor(chat, seq)) == seq);
    CHECK_FALSE(decode_history_cursor(other, encode_history_cursor(chat, seq)));
  }
  std::string forged = encode_history_cursor(chat, 5);
  forged[6] = forged[6] == 'A' ? 'B' : 'A';
  CHECK_FALSE(decode_history_cursor(chat, forged));
  for (const auto* text : {"", "h1_", "5", "-1", "h1_AAAAAAAAAAAAAAAA", "2024-04-20T17:05:00Z"}) {
    CHECK_FALSE(decode_history_cursor(chat, text));
  }
}

TEST_CASE("X-Forwarded-For counts only from trusted proxies, and only as far as they go") {
  const auto trusted = AddressRanges::parse({"10.0.0.0/8", "127.0.0.1"});
  REQUIRE(trusted);
  const auto seen = [&](const char* peer, std::vector<std::string> forwarded) {
    HttpHead head;
    for (auto& value : forwarded) head.fields.push_back({"x-forwarded-for", std::move(value)});
    return client_address(boost::asio::ip::make_address(peer), head, *trusted).text;
  };
  CHECK(seen("192.0.2.1", {"198.51.100.7"}) == "192.0.2.1");
  CHECK(seen("127.0.0.1", {"198.51.100.7"}) == "198.51.100.7");
  CHECK(seen("::ffff:127.0.0.1", {"198.51.100.7"}) == "198.51.100.7");
  CHECK(seen("127.0.0.1", {"1.1.1.1, 198.51.100.7, 10.0.0.3"}) == "198.51.100.7");
  CHECK(seen("127.0.0.1", {"1.1.1.1", "198.51.100.7"}) == "198.51.100.7");
  CHECK(seen("127.0.0.1", {"198.51.100.7, garbage"}) == "127.0.0.1");
  CHECK(seen("127.0.0.1", {}) == "127.0.0.1");
}

TEST_CASE("a minute's worth at once, then evenly, each key for itself") {
  const SteadyTime start{std::chrono::hours(1)};
  KeyedLimits limits(120);
  for (int i = 0; i < 120; ++i) CHECK_FALSE(limits.take("a", start));
  const auto wait = limits.take("a", start);
  REQUIRE(wait);
  CHECK(*wait > 400ms);
  CHECK(*wait <= 500ms);
  CHECK(limits.blocked("a", start));
  CHECK_FALSE(limits.blocked("b", start));
  CHECK_FALSE(limits.take("b", start));
  CHECK_FALSE(limits.take("a", start + 501ms));
  CHECK(limits.take("a", start + 502ms));
  KeyedLimits none(0);
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(none.take("a", start));
}

TEST_CASE("failures that come at once cost as much as one after the other, up to a minute more") {
  const SteadyTime start{std::chrono::hours(1)};
  KeyedLimits limits(10);
  for (int i = 0; i < 100; ++i) {
    CHECK(limits.blocked("a", start).has_value() == (i >= 10));
    limits.charge("a", start);
  }
  CHECK(limits.blocked("a", start + 60s));
  CHECK_FALSE(limits.blocked("a", start + 67s));
}

TEST_CASE("a flood of keys is bounded, and nobody's debt is forgotten for it") {
  const SteadyTime start{std::chrono::hours(1)};
  KeyedLimits limits(1, 10);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(limits.take(std::to_string(i), start));
  CHECK(limits.take("newcomer", start));
  CHECK(limits.take("3", start));
  CHECK_FALSE(limits.take("newcomer", start + 61s));
}

TEST_CASE("a user's sockets are counted over all shards") {
  ProcessSocketQuota quota(2);
  const UserId user{Uuid{1}};
  CHECK(quota.acquire(user));
  CHECK(quota.acquire(user));
  CHECK_FALSE(quota.acquire(user));
  CHECK(quota.acquire(UserId{Uuid{2}}));
  quota.release(user);
  CHECK(quota.acquire(user));
}

TEST_CASE("metrics add up over shards") {
  std::vector<ShardSnapshot> shards(2);
  shards[0].gauges.sessions_live = 3;
  shards[1].gauges.sessions_live = 4;
  shards[0].engine.commands[4][0] = 5;
  shards[0].engine.http_changes[4][1] = 2;
  shards[1].engine.ack_latency.record(3);
  shards[1].gateway.count_close(4008);
  const std::string text = metrics_text(shards, {}, {}, {});
  for (const auto* line :
       {"kith_sessions{state=\"live\"} 7", "kith_websocket_closes_total{code=\"4008\"} 1",
        "kith_commands_total{type=\"message.new\",outcome=\"ok\"} 5",
        "kith_http_changes_total{type=\"message.new\",outcome=\"duplicate\"} 2",
        "kith_commands_total{type=\"reaction\",outcome=\"ok\"} 0",
        "kith_commands_total{type=\"typing\",outcome=\"ok\"} 0", "kith_ack_latency_seconds_count 1",
        "kith_ack_latency_seconds_bucket{le=\"0.005\"} 1",
        "# TYPE kith_commit_batch_size histogram", "kith_storage_healthy 1"}) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

}  // namespace
}  // namespace kith
