// RELIABILITY 3.3 over HTTP: bodies, fields, ids, queries and cursors. Never a 500, never a number
// taken for another.
#include <cstdlib>

#include "tests/conformance/http_cases.h"
#include "tests/conformance/json_rows.h"
#include "tests/conformance/runner.h"

namespace kith::test {
namespace {

const std::string kRefused = "400 marker eof";
const std::string kWrongField = "422 marker eof";
const std::string kNobody = "404 marker eof";

std::string authorized(std::string_view method, std::string_view target, std::string_view body) {
  std::string fields = "Authorization: Bearer $TOKEN\r\n";
  if (method != "GET" && method != "DELETE") {
    fields += std::string(kJsonType) + "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return request(method, target, fields) + std::string(body);
}

void add(std::vector<Job>& jobs, std::string id, std::string bytes, std::string expect) {
  jobs.push_back(job_of(HttpCase{.id = std::move(id),
                                 .section = "RELIABILITY 3.3",
                                 .writes = {std::move(bytes)},
                                 .expect = std::move(expect)}));
}

void add_documents(std::vector<Job>& jobs) {
  for (const JsonRow& row : json_rows()) {
    add(jobs, "json-" + row.id, authorized("POST", "/chats/$CHAT/typing", row.document),
        row.verdict == Verdict::accepted ? "200 marker eof" : kRefused);
  }
  for (const char* body : {"[]", "\"x\"", "1", "null", "true", " ", "[{\"is_typing\":true}]"}) {
    add(jobs, std::string("json-no-object-") + body,
        authorized("POST", "/chats/$CHAT/typing", body), kRefused);
  }
}

void add_fields(std::vector<Job>& jobs) {
  struct Row {
    const char* target;
    const char* field;
    const char* rest;  // of the object
  };
  static constexpr Row kRows[] = {
      {"/chats/$CHAT/typing", "is_typing", ""},
      {"/chats/$CHAT/read", "last_read_message_id", ""},
      {"/chats/$CHAT/messages", "client_message_id", R"(,"content":{"type":"text","text":"x"})"},
      {"/chats/$CHAT/messages", "content", R"(,"client_message_id":"c")"},
      {"/chats/$CHAT/participants", "user_id", ""},
      {"/chats", "type", R"(,"participant_ids":[])"},
      {"/chats", "participant_ids", R"(,"type":"group")"},
      {"/auth/login", "email", R"(,"password":"x")"},
      {"/auth/refresh", "refresh_token", ""},
      {"/users", "display_name", R"(,"email":"a@example.com","password":"not so easy")"},
  };
  for (const Row& row : kRows) {
    for (const char* value : {"1", "1.5", "null", "{}", "[[]]", "[1]", "\"\""}) {
      const std::string body = std::string("{\"") + row.field + "\":" + value + row.rest + "}";
      add(jobs, std::string("field-") + row.target + "-" + row.field + "-" + value,
          authorized("POST", row.target, body), kWrongField);
    }
  }
  for (const char* value : {"0", "\"true\"", "\"yes\"", "[true]"}) {
    add(jobs, std::string("field-is-typing-") + value,
        authorized("POST", "/chats/$CHAT/typing", std::string("{\"is_typing\":") + value + "}"),
        kWrongField);
  }
}

bool needs_no_escape(const std::string& text) {
  return text.find_first_of("*' ") == std::string::npos;
}

// What is no id of the wanted kind is 400 in a path (another kind's too) and 422 in a body; what is
// one, of nothing that the caller sees, is 404.
void add_ids(std::vector<Job>& jobs) {
  std::size_t number = 0;
  for (const std::string& chat : wrong_chat_ids()) {
    const std::string index = std::to_string(number++);
    if (!needs_no_escape(chat)) continue;
    const std::string of_chat = is_well_formed_id("chat_", chat) ? kNobody : kRefused;
    const std::string of_message = is_well_formed_id("msg_", chat) ? kNobody : kRefused;
    const std::string of_user = is_well_formed_id("usr_", chat) ? kNobody : kRefused;
    add(jobs, "id-chat-" + index, authorized("GET", "/chats/" + chat, ""), of_chat);
    add(jobs, "id-chat-messages-" + index, authorized("GET", "/chats/" + chat + "/messages", ""),
        of_chat);
    add(jobs, "id-message-" + index, authorized("DELETE", "/chats/$CHAT/messages/" + chat, ""),
        of_message);
    add(jobs, "id-user-" + index, authorized("DELETE", "/chats/$CHAT/participants/" + chat, ""),
        of_user);
    add(jobs, "id-in-body-" + index,
        authorized("POST", "/chats/$CHAT/read", "{\"last_read_message_id\":\"" + chat + "\"}"),
        is_well_formed_id("msg_", chat) ? kNobody : kWrongField);
  }
}

void add_queries(std::vector<Job>& jobs) {
  const std::string answered = "200 marker eof";
  const std::string path = "/chats/$CHAT/messages?";
  for (const char* limit : {"-1", "0", "1.0", "1e1", "0x10", "+1", "%201", "1%20", "", "abc", "1,2",
                            "-0", "1%2C2", "%D9%A1", "NaN", "null", "00", "1;2"}) {
    add(jobs, std::string("query-limit-") + limit, authorized("GET", path + "limit=" + limit, ""),
        kRefused);
  }
  for (const char* limit :
       {"1", "200", "201", "4294967296", "18446744073709551616", "99999999999999999999999999"}) {
    add(jobs, std::string("query-limit-") + limit, authorized("GET", path + "limit=" + limit, ""),
        answered);
  }
  for (const char* before :
       {"", "0", "-1", "h1_", "h1_AAAAAAAAAAAAAAAA", "h1_AAAAAAAAAAAAAAAAAAAA",
        "h2_AAAAAAAAAAAAAAAA", "yesterday", "2024-13-01T00:00:00Z", "2024-02-30T00:00:00Z",
        "2024-01-01", "1711111111", "2024-01-01T25:00:00Z", "2024-01-01T00:00:00", "99999999999",
        "null", "chat_01J00000000000000000000000"}) {
    add(jobs, std::string("query-before-") + before,
        authorized("GET", path + "before=" + before, ""), kRefused);
  }
  for (const char* before : {"2024-01-01T00:00:00Z", "2999-01-01T00:00:00.000%2B02:00"}) {
    add(jobs, std::string("query-before-") + before,
        authorized("GET", path + "before=" + before, ""), answered);
  }
  for (const char* cursor : {"", "0", "-1", "AAAA", "c1_", "c1_AAAAAAAAAAAA", "%7B%7D", "null",
                             "c1_=", "chat_01J00000000000000000000000"}) {
    add(jobs, std::string("query-cursor-") + cursor,
        authorized("GET", std::string("/chats?cursor=") + cursor, ""), kRefused);
  }
}

using Seen = std::optional<std::string>;

Seen expect_400(const Site& site, const std::string& target) {
  const int status = site.server.http().get(target, site.user.token).status;
  return status == 400 ? Seen() : target + " is answered with " + std::to_string(status);
}

// What the server has given out, with one thing changed, and what is another chat's.
Seen forged(const Site& site, const std::string& path, const std::string& cursor) {
  std::vector<std::string> wrong = {
      cursor + "A",        cursor + "=",   cursor.substr(0, cursor.size() - 1),
      cursor.substr(0, 3), cursor + "%20", "%20" + cursor};
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == 'B' ? 'C' : 'B';
    wrong.push_back(std::move(changed));
  }
  for (const std::string& each : wrong) {
    if (auto failure = expect_400(site, path + each)) return failure;
  }
  return std::nullopt;
}

Seen forged_history_cursors(const Sites& sites) {
  const Site& site = *sites.usual;
  const std::string chats[] = {site.server.group(site.user, {}), site.server.group(site.user, {})};
  for (const std::string& chat : chats) {
    for (const char* id : {"1", "2", "3"}) {
      const std::string body = R"({"client_message_id":")" + std::string(id) +
                               R"(","content":{"type":"text","text":"x"}})";
      site.server.post("/chats/" + chat + "/messages", body, site.user);
    }
  }
  const std::string path = "/chats/" + chats[0] + "/messages?limit=1";
  const auto page = site.server.http().get(path, site.user.token);
  const std::string cursor = page.json()["paging"]["next_before"].text();
  if (cursor.empty()) return "no cursor: " + page.body;
  const auto next = site.server.http().get(path + "&before=" + cursor, site.user.token);
  if (next.status != 200) return "the true one is answered with " + std::to_string(next.status);
  if (auto failure = expect_400(site, "/chats/" + chats[1] + "/messages?before=" + cursor)) {
    return failure;
  }
  return forged(site, path + "&before=", cursor);
}

Seen forged_chat_cursors(const Sites& sites) {
  const Site& site = *sites.usual;
  const auto page = site.server.http().get("/chats?limit=1", site.user.token);
  const std::string cursor = page.json()["next_cursor"].text();
  if (cursor.empty()) return "no cursor: " + page.body;
  const auto next = site.server.http().get("/chats?cursor=" + cursor, site.user.token);
  if (next.status != 200) return "the true one is answered with " + std::to_string(next.status);
  return forged(site, "/chats?cursor=", cursor);
}

Seen stored(const Site& site, const TextRow& row) {
  const std::string path = "/chats/" + site.server.group(site.user, {}) + "/messages";
  const std::string body =
      R"({"client_message_id":"c","content":{"type":"text","text":")" + row.json + "\"}}";
  const auto sent = site.server.post(path, body, site.user);
  if (sent.status != 202) return "not taken: " + sent.body;
  const auto page = site.server.http().get(path, site.user.token);
  const std::string got = page.json()["messages"][0]["content"]["text"].text();
  return got == row.text ? Seen() : "expected: " + row.text + "; got: " + got;
}

// Numbers in an attachment's metadata are the clients' own: integers of 64 bits are kept, others
// are doubles to us as to every browser (RFC 8259 section 6), and what is neither is refused.
Seen metadata_number(const Site& site, const std::string& number) {
  const std::string path = "/chats/" + site.server.group(site.user, {}) + "/messages";
  const std::string metadata = "{\"n\":" + number + "}";
  const auto sent =
      site.server.post(path,
                       R"({"client_message_id":"c","content":{"type":"file","attachments":)"
                       R"([{"media_id":"m","metadata":)" +
                           metadata + "}]}}",
                       site.user);
  if (sent.status == 400 || sent.status == 422) return std::nullopt;
  if (sent.status != 202) return "answered with " + std::to_string(sent.status);
  const auto page = site.server.http().get(path, site.user.token);
  const Json got = page.json()["messages"][0]["content"]["attachments"][0]["metadata"]["n"];
  const bool integer = number.find_first_of(".eE") == std::string::npos && number != "-0";
  const bool kept =
      integer ? got.dump() == number : got.real() == std::strtod(number.c_str(), nullptr);
  return kept ? Seen() : "taken, and changed to " + got.dump();
}

void add_stored(std::vector<Job>& jobs) {
  for (const TextRow& row : text_rows()) {
    jobs.push_back({.id = "text-" + row.id,
                    .section = "RELIABILITY 3.3",
                    .run = [row](const Sites& sites) { return stored(*sites.usual, row); }});
  }
  for (const char* number : {"0",
                             "-1",
                             "0.1",
                             "1.5",
                             "9007199254740993",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "18446744073709551615",
                             "18446744073709551616",
                             "1e400",
                             "-0",
                             "1.0",
                             "1e2",
                             "1E2",
                             "1e-400",
                             "0.1234567890123456789012345",
                             "9007199254740993.0",
                             "123456789012345678901234567890.5",
                             "5e-324",
                             "1.7976931348623157e308"}) {
    jobs.push_back({.id = std::string("metadata-number-") + number,
                    .section = "RELIABILITY 3.3: never a silent cast",
                    .run = [text = std::string(number)](const Sites& sites) {
                      return metadata_number(*sites.usual, text);
                    }});
  }
}

}  // namespace

void add_json_http_jobs(std::vector<Job>& jobs) {
  add_documents(jobs);
  add_fields(jobs);
  add_ids(jobs);
  add_queries(jobs);
  jobs.push_back(
      {.id = "cursors-of-a-history", .section = "RELIABILITY 3.3", .run = forged_history_cursors});
  jobs.push_back(
      {.id = "cursors-of-chats", .section = "RELIABILITY 3.3", .run = forged_chat_cursors});
  add_stored(jobs);
}

}  // namespace kith::test
