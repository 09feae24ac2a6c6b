// RELIABILITY 3.3 over the socket: what the parser refuses closes with 4501; what it takes and a
// field does not is an error, and the socket stays. Never a number taken for another.
#include "tests/conformance/json_rows.h"
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

const std::string kBadRequest = "error:bad_request:a alive";

std::string expected(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted:
      return "pong:a alive";
    case Verdict::refused:
      return "closing:4501 close:4501 eof";
    case Verdict::answered:
      return kBadRequest;
  }
  return {};
}

void add(std::vector<WsCase>& cases, std::string id, const std::string& text, std::string expect,
         Start start = Start::ready) {
  const bool stays = expect.ends_with("alive");
  cases.push_back(WsCase{.id = "json-" + std::move(id),
                         .section = "RELIABILITY 3.3",
                         .writes = {text_frame(text)},
                         .expect = std::move(expect),
                         .start = start,
                         .tail = stays ? Tail::answered : Tail::probe});
}

void add_typed_fields(std::vector<WsCase>& cases) {
  const std::string id = R"(,"id":"a")";
  std::size_t number = 0;
  for (const std::string& value : wrong_integers()) {
    const std::string index = std::to_string(number++);
    const bool zero = value == "0" || value == "-0";  // a position, but no limit
    add(cases, "limit-" + index, R"({"type":"history","limit":)" + value + id + "}", kBadRequest,
        Start::in_chat);
    add(cases, "after-seq-" + index, R"({"type":"history","after_seq":)" + value + id + "}",
        zero ? "history alive" : kBadRequest, Start::in_chat);
  }
  for (const char* far :
       {"9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615"}) {
    add(cases, std::string("after-seq-") + far,
        R"({"type":"history","after_seq":)" + std::string(far) + id + "}", kBadRequest,
        Start::in_chat);
    add(cases, std::string("limit-") + far,
        R"({"type":"history","limit":)" + std::string(far) + id + "}", "history alive",
        Start::in_chat);
  }
  for (const char* value : {"1", "\"\"", "[]", "{}", "true"}) {
    add(cases, std::string("text-") + value,
        R"({"type":"message.new","client_message_id":"c","content":{"type":"text","text":)" +
            std::string(value) + "}" + id + "}",
        kBadRequest, Start::in_chat);
    add(cases, std::string("client-message-id-") + value,
        R"({"type":"message.new","client_message_id":)" + std::string(value) +
            R"(,"content":{"type":"text","text":"x"})" + id + "}",
        kBadRequest, Start::in_chat);
    add(cases, std::string("content-") + value,
        R"({"type":"message.new","client_message_id":"c","content":)" + std::string(value) + id +
            "}",
        kBadRequest, Start::in_chat);
  }
  for (const char* value : {"1", "\"true\"", "[]", "{}", "0"}) {
    add(cases, std::string("flag-") + value,
        R"({"type":"subscribe","channel":"nobody","presence":)" + std::string(value) + id + "}",
        kBadRequest + " | error:not_found:a alive");
  }
}

void add_ids(std::vector<WsCase>& cases) {
  const std::string unseen = "error:not_found:a alive | error:forbidden:a alive";
  const std::string no_such = "error:not_found:a alive";
  std::size_t number = 0;
  for (const std::string& chat : wrong_chat_ids()) {
    const std::string index = std::to_string(number++);
    const bool is_chat = is_well_formed_id("chat_", chat);
    add(cases, "chat-id-" + index, R"({"type":"history","id":"a","chat_id":")" + chat + "\"}",
        is_chat ? unseen : kBadRequest);
    // A channel has many kinds of names: what is none of them is like one that does not exist.
    const bool other_channel = is_well_formed_id("club_", chat) || is_well_formed_id("usr_", chat);
    add(cases, "channel-" + index, R"({"type":"subscribe","id":"a","channel":")" + chat + "\"}",
        other_channel ? unseen + " | error:unavailable:a alive"
        : is_chat     ? unseen
                      : no_such);
  }
  for (const char* value : {"1", "null", "[]", "{}", "true"}) {
    add(cases, std::string("chat-id-json-") + value,
        R"({"type":"history","id":"a","chat_id":)" + std::string(value) + "}", kBadRequest);
  }
  for (const char* message : {"msg_", "msg_1", "0", "chat_01J00000000000000000000000",
                              "msg_01j00000000000000000000000", "msg_01J00000000000000000000000"}) {
    add(cases, std::string("message-id-") + message,
        R"({"type":"message.delete","id":"a","message_id":")" + std::string(message) + "\"}",
        is_well_formed_id("msg_", message) ? no_such : kBadRequest, Start::in_chat);
  }
}

}  // namespace

void add_json_socket_cases(std::vector<WsCase>& cases) {
  for (const JsonRow& row : json_rows()) add(cases, row.id, row.document, expected(row.verdict));
  add_typed_fields(cases);
  add_ids(cases);
  for (const TextRow& row : text_rows()) {
    cases.push_back(WsCase{.id = "text-" + row.id,
                           .section = "RELIABILITY 3.3",
                           .writes = {text_frame(message_command(row.json))},
                           .expect = "ack text alive",
                           .start = Start::in_chat,
                           .tail = Tail::history,
                           .text = row.text});
  }
}

}  // namespace kith::test
