// What kith speaks inside of the frames (PROTOCOL 2 and 3, RELIABILITY 3.1): what ends a socket and
// what is answered with an error.
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

const std::string kNotThisProtocol = "closing:4501 close:4501 eof";

struct ProtocolRow {
  const char* name;
  std::string frame;
  std::string expect;
};

void add_rows(std::vector<WsCase>& cases, const std::vector<ProtocolRow>& rows,
              const char* section) {
  for (const auto& [name, text, expect] : rows) {
    cases.push_back(
        {.id = name, .section = section, .writes = {text_frame(text)}, .expect = expect});
  }
}

void add_no_frames(std::vector<WsCase>& cases) {
  add_rows(cases,
           {{"no-json", "hello", kNotThisProtocol},
            {"no-json-brace", "{", kNotThisProtocol},
            {"no-json-http", "GET / HTTP/1.1\r\n\r\n", kNotThisProtocol},
            {"no-object-array", R"(["type","ping"])", kNotThisProtocol},
            {"no-object-string", R"("ping")", kNotThisProtocol},
            {"no-object-number", "17", kNotThisProtocol},
            {"no-object-null", "null", kNotThisProtocol},
            {"no-type", R"({"id":"a"})", kNotThisProtocol},
            {"no-type-empty-object", "{}", kNotThisProtocol},
            {"type-number", R"({"type":7})", kNotThisProtocol},
            {"type-null", R"({"type":null})", kNotThisProtocol},
            {"type-object", R"({"type":{"type":"ping"}})", kNotThisProtocol},
            {"type-in-upper-case-key", R"({"Type":"ping"})", kNotThisProtocol},
            {"good-line-then-bad", ping_command("a") + "\nnonsense\n" + ping_command("b"),
             "pong:a " + kNotThisProtocol}},
           "PROTOCOL 3: 4501");
}

void add_errors(std::vector<WsCase>& cases) {
  add_rows(
      cases,
      {{"unknown-type", R"({"type":"message.teleport","id":"a"})", "error:unknown_type:a alive"},
       {"unknown-type-without-id", R"({"type":"x"})", "error:unknown_type alive"},
       {"unknown-type-empty", R"({"type":"","id":"a"})", "error:unknown_type:a alive"},
       {"unknown-type-case", R"({"type":"Ping","id":"a"})", "error:unknown_type:a alive"},
       {"servers-type", R"({"type":"pong","id":"a"})", "error:unknown_type:a alive"},
       {"init-twice", R"({"type":"connection.init","id":"a"})", "error:bad_request:a alive"},
       {"missing-field", R"({"type":"history","id":"a"})", "error:bad_request:a alive"},
       {"null-field", R"({"type":"history","id":"a","chat_id":null})", "error:bad_request:a alive"},
       {"wrong-field", R"({"type":"history","id":"a","chat_id":7})", "error:bad_request:a alive"},
       {"unknown-field", R"({"type":"ping","id":"a","future":{"x":[1,2]}})", "pong:a alive"},
       {"id-number", R"({"type":"ping","id":7})", "error:bad_request alive"},
       {"id-of-64", R"({"type":"ping","id":")" + std::string(64, 'x') + "\"}",
        "pong:" + std::string(64, 'x') + " alive"},
       {"id-of-65", R"({"type":"ping","id":")" + std::string(65, 'x') + "\"}",
        "error:bad_request alive"},
       {"id-empty", R"({"type":"ping","id":""})", "pong alive"},
       {"lines", ping_command("a") + "\n\n" + ping_command("b") + "\r\n", "pong:a pong:b alive"},
       {"lines-of-errors", "{\"type\":\"x\",\"id\":\"1\"}\n{\"type\":\"y\",\"id\":\"2\"}",
        "error:unknown_type:1 error:unknown_type:2 alive"},
       {"subscribe-to-nobody", R"({"type":"subscribe","id":"a","channel":"nobody"})",
        "error:not_found:a alive"},
       {"refresh-with-a-bad-token", R"({"type":"connection.refresh","id":"a","token":"x"})",
        "error:unauthorized:a alive"}},
      "PROTOCOL 3: error, the connection stays");
  cases.back().tail = Tail::answered;
  std::string errors;
  for (int i = 0; i < 201; ++i) errors += "{\"type\":\"x\"}\n";
  cases.push_back({.id = "errors-200",
                   .section = "PROTOCOL 3",
                   .writes = {text_frame(errors.substr(0, 200 * 13))},
                   .expect = repeated("error:unknown_type", 200) + " alive"});
  cases.push_back({.id = "errors-201",
                   .section = "PROTOCOL 3",
                   .writes = {text_frame(errors)},
                   .expect = repeated("error:unknown_type", 201) + " closing:4013 close:4013 eof"});
}

void add_before_init(std::vector<WsCase>& cases) {
  const std::string bad_token = "closing:4500 close:4500 eof";
  const auto add = [&](const char* id, const std::string& text, const std::string& expect) {
    cases.push_back({.id = id,
                     .section = "PROTOCOL 2",
                     .writes = {text_frame(text)},
                     .expect = expect,
                     .start = Start::upgraded});
  };
  add("first-frame-ping", R"({"type":"ping"})", "closing:4502 close:4502 eof");
  add("first-frame-message", message_command("x"), "closing:4502 close:4502 eof");
  add("first-frame-no-json", "hello", kNotThisProtocol + " | closing:4502 close:4502 eof");
  add("init-without-token", R"({"type":"connection.init"})", bad_token);
  add("init-token-empty", R"({"type":"connection.init","token":""})", bad_token);
  add("init-token-nonsense", R"({"type":"connection.init","token":"a.b.c"})", bad_token);
  add("init-token-4-KiB",
      R"({"type":"connection.init","token":")" + std::string(5000, 'a') + R"("})", bad_token);
  cases.push_back({.id = "first-frame-binary",
                   .section = "PROTOCOL 2",
                   .writes = {frame({.opcode = kBinary}, "x")},
                   .expect = kNotThisProtocol,
                   .start = Start::upgraded});
  cases.push_back({.id = "bad-framing-before-init",
                   .section = "5.2",
                   .writes = {frame({.reserved_bits = 1}, "x")},
                   .expect = "close:1002 eof",
                   .start = Start::upgraded});
  cases.push_back({.id = "bad-utf8-before-init",
                   .section = "8.1",
                   .writes = {text_frame("\xFF")},
                   .expect = "close:1007 eof",
                   .start = Start::upgraded});
  cases.push_back({.id = "too-big-before-init",
                   .section = "10.4",
                   .writes = {text_frame(ping_command("a", 65537))},
                   .expect = "close:1009 eof",
                   .start = Start::upgraded});
}

}  // namespace

void add_protocol_cases(std::vector<WsCase>& cases) {
  add_no_frames(cases);
  add_errors(cases);
  add_before_init(cases);
}

}  // namespace kith::test
