// RFC 6455 sections 4.2.1 and 4.2.2, RELIABILITY 1.2 and 3.1: the opening handshake. What is
// refused is answered in HTTP and the connection ended, so that the bytes behind it are no frames
// of anybody.
#include "tests/conformance/http_cases.h"
#include "tests/conformance/websocket_cases.h"

namespace kith::test {
namespace {

const std::string kUpgrade = "Upgrade: websocket\r\n";
const std::string kConnection = "Connection: Upgrade\r\n";
const std::string kVersion13 = "Sec-WebSocket-Version: 13\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";  // the RFC's own
const std::string kGood = kUpgrade + kConnection + kVersion13 + kKey;
constexpr const char* kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

struct Row {
  std::string id;
  std::string bytes;
  std::string expect = "400 eof";
  std::vector<std::string> has{};
  std::vector<std::string> lacks{};
};

std::string key(std::string_view value) {
  return kUpgrade + kConnection + kVersion13 + "Sec-WebSocket-Key: " + std::string(value) + "\r\n";
}
std::string version(std::string_view value) {
  return kUpgrade + kConnection + kKey + "Sec-WebSocket-Version: " + std::string(value) + "\r\n";
}

std::vector<Row> accepted_rows() {
  const std::string many =
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  return {
      {"plain",
       get("/ws", kGood),
       "101",
       {kAccept, "Upgrade: websocket\r\n", "Connection: Upgrade\r\n"},
       {"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"}},
      {"api-prefix", get("/api/v1/ws", kGood), "101", {kAccept}},
      {"query", get("/ws?token=x&client=ios", kGood), "101"},
      {"case-of-values",
       get("/ws",
           "upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\n"
           "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
       "101",
       {kAccept}},
      {"connection-in-two-fields", get("/ws", "Connection: keep-alive\r\n" + kGood), "101"},
      {"upgrade-list", get("/ws", "Upgrade: h2c, websocket\r\n" + kConnection + kVersion13 + kKey),
       "101"},
      {"extension-offered", get("/ws", kGood + many), "101", {}, {"Sec-WebSocket-Extensions"}},
      {"extension-unknown",
       get("/ws", kGood + "Sec-WebSocket-Extensions: x-a; b=\"c\"\r\n"),
       "101",
       {},
       {"Sec-WebSocket-Extensions"}},
      {"content-length-0", get("/ws", kGood + "Content-Length: 0\r\n"), "101 | 400 eof"},
      {"key-of-zeros", get("/ws", key("AAAAAAAAAAAAAAAAAAAAAA==")), "101"},
      {"chat-path", get("/chats/$CHAT", kGood), "101", {kAccept}},
      {"chat-path-of-nobody", get("/chats/chat_00000000000000000000000000", kGood), "101"},
      {"chat-path-malformed", get("/chats/chat_1", kGood), "101"},
  };
}

std::vector<Row> method_and_version_rows() {
  std::vector<Row> rows = {
      {"post", request("POST", "/ws", kGood + "Content-Length: 0\r\n")},
      {"put", request("PUT", "/ws", kGood)},
      {"head", request("HEAD", "/ws", kGood)},
      {"http-1.0", "GET /ws HTTP/1.0\r\nHost: a\r\n" + kGood + "\r\n"},
      {"no-host", "GET /ws HTTP/1.1\r\n" + kGood + "\r\n"},
      {"two-hosts", get("/ws", "Host: b\r\n" + kGood)},
      {"body", get("/ws", kGood + "Content-Length: 5\r\n") + "hello"},
      {"body-chunked", get("/ws", kGood + "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {"no-upgrade", get("/ws", kConnection + kVersion13 + kKey)},
      {"no-connection", get("/ws", kUpgrade + kVersion13 + kKey)},
      {"connection-close", get("/ws", "Connection: close\r\n" + kUpgrade + kVersion13 + kKey)},
      {"upgrade-other", get("/ws", "Upgrade: h2c\r\n" + kConnection + kVersion13 + kKey)},
      {"target-absolute", get("ws://a/ws", kGood)},
  };
  for (const char* value : {"8", "12", "14", "0", "013", "13.0", "x", "13, 8", "-13", ""}) {
    rows.push_back({std::string("version-") + value,
                    get("/ws", version(value)),
                    "426 eof",
                    {"Sec-WebSocket-Version: 13\r\n"}});
  }
  const std::string no_version = kUpgrade + kConnection + kKey;
  rows.push_back({"version-none", get("/ws", no_version), "426 eof"});
  rows.push_back(
      {"version-twice", get("/ws", kGood + "Sec-WebSocket-Version: 8\r\n"), "426 eof | 400 eof"});
  rows.push_back({"no-upgrade-at-all", get("/ws"), "426 marker eof | 426 eof"});
  rows.push_back({"elsewhere", get("/healthz", kGood), "200 marker eof | 400 eof"});
  rows.push_back({"elsewhere-nothing", get("/nowhere", kGood), "404 marker eof | 404 eof"});
  return rows;
}

std::vector<Row> key_rows() {
  std::vector<Row> rows;
  for (const char* value :
       {"abcd", "", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZR==", "dGhl IHNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25j-_==", "dGhlIHNhbXBsZSBub25jZTE=", "dGhlIHNhbXBsZSBub25jZTEy",
        "\"dGhlIHNhbXBsZSBub25jZQ==\"", "========================"}) {
    rows.push_back({std::string("key-") + value, get("/ws", key(value))});
  }
  rows.push_back({"key-none", get("/ws", kUpgrade + kConnection + kVersion13)});
  rows.push_back({"key-twice", get("/ws", kGood + kKey)});
  rows.push_back(
      {"key-two", get("/ws", kGood + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")});
  return rows;
}

std::vector<Row> offer_rows() {
  std::string extensions = "Sec-WebSocket-Extensions: a";
  for (int i = 1; i < 50; ++i) extensions += ", a";
  std::string fields;
  for (int i = 0; i < 50; ++i) fields += "Sec-WebSocket-Extensions: a\r\n";
  return {
      {"subprotocol", get("/ws", kGood + "Sec-WebSocket-Protocol: chat\r\n")},
      {"subprotocols", get("/ws", kGood + "Sec-WebSocket-Protocol: mqtt, wamp\r\n")},
      {"subprotocol-empty", get("/ws", kGood + "Sec-WebSocket-Protocol:\r\n")},
      {"extensions-50", get("/ws", kGood + extensions + "\r\n")},
      {"extensions-in-50-fields", get("/ws", kGood + fields)},
  };
}

std::vector<Row> origin_rows() {
  std::vector<Row> rows;
  for (const char* origin :
       {"https://evil.example", "null", "https://evil-app.example.com",
        "https://app.example.com.evil", "http://app.example.com", "https://app.example.com:444",
        "https://app.example.com/", "https://APP.example.com@evil", "app.example.com",
        "https://app.example.com evil", "file://", "http://a.evil", "http://a:81", ""}) {
    rows.push_back({std::string("origin-") + origin,
                    get("/ws", kGood + "Origin: " + origin + "\r\n"),
                    "403 eof",
                    {},
                    {"Access-Control-Allow-Origin"}});
  }
  const std::string listed = "Origin: https://app.example.com\r\n";
  rows.push_back({"origin-listed", get("/ws", kGood + listed), "101"});
  rows.push_back({"origin-same", get("/ws", kGood + "Origin: http://a\r\n"), "101"});
  rows.push_back(
      {"origin-twice", get("/ws", kGood + listed + "Origin: null\r\n"), "403 eof | 400 eof"});
  return rows;
}

}  // namespace

void add_handshake_jobs(std::vector<Job>& jobs) {
  std::vector<HttpCase> cases;
  for (const auto& rows :
       {accepted_rows(), method_and_version_rows(), key_rows(), offer_rows(), origin_rows()}) {
    for (const Row& row : rows) {
      HttpCase http_case{.id = "handshake-" + row.id,
                         .section = "4.2.1",
                         .writes = {row.bytes},
                         .expect = row.expect,
                         .has = row.has,
                         .lacks = row.lacks};
      if (row.id == "head") http_case.head = true;
      if (row.expect == "101") http_case.behind = Behind::nothing;
      cases.push_back(std::move(http_case));
    }
  }
  add_control_jobs(jobs, cases, {.id = "handshake-control", .controlled_min = 50});
  for (HttpCase& http_case : cases) jobs.push_back(job_of(std::move(http_case)));
}

}  // namespace kith::test
