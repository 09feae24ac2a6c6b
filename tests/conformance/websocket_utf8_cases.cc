// RFC 6455 section 8.1 and RFC 3629: the borders of every form of UTF-8, right and wrong. What is
// right is stored and read back; what is wrong is 1007, as soon as its first impossible byte is
// there: before the message, or even the frame, has ended.
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

struct Text {
  const char* name;
  std::string_view bytes;
};

constexpr Text kValid[] = {
    {"U+0020", " "},
    {"U+007F", "\x7F"},
    {"U+0080", "\xC2\x80"},
    {"U+07FF", "\xDF\xBF"},
    {"U+0800", "\xE0\xA0\x80"},
    {"U+0FFF", "\xE0\xBF\xBF"},
    {"U+1000", "\xE1\x80\x80"},
    {"U+CFFF", "\xEC\xBF\xBF"},
    {"U+D7FF", "\xED\x9F\xBF"},
    {"U+E000", "\xEE\x80\x80"},
    {"U+FDD0", "\xEF\xB7\x90"},
    {"U+FEFF", "\xEF\xBB\xBF"},
    {"U+FFFD", "\xEF\xBF\xBD"},
    {"U+FFFE", "\xEF\xBF\xBE"},
    {"U+FFFF", "\xEF\xBF\xBF"},
    {"U+10000", "\xF0\x90\x80\x80"},
    {"U+1FFFE", "\xF0\x9F\xBF\xBE"},
    {"U+3FFFF", "\xF0\xBF\xBF\xBF"},
    {"U+40000", "\xF1\x80\x80\x80"},
    {"U+FFFFF", "\xF3\xBF\xBF\xBF"},
    {"U+10FFFF", "\xF4\x8F\xBF\xBF"},
    {"greek", "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"},
    {"combining", "e\xCC\x81\xCC\xA7\xCD\x81\xCC\x82"},
    {"right-to-left", "\xE2\x80\xAE\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\xE2\x80\xAC"},
    {"zero-width",
     "a\xE2\x80\x8B\xE2\x80\x8D\xEF\xBB\xBF"
     "b"},
    {"family", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"},
};

constexpr Text kInvalid[] = {
    {"continuation-80", "\x80"},
    {"continuation-BF", "\xBF"},
    {"continuations", "\x80\xBF\x80\xBF"},
    {"continuation-behind-2", "\xC2\x80\x80"},
    {"continuation-behind-4", "\xF0\x90\x80\x80\x80"},
    {"overlong-2-C0", "\xC0\x80"},
    {"overlong-2-C0-AF", "\xC0\xAF"},
    {"overlong-2-C1", "\xC1\xBF"},
    {"overlong-3-80", "\xE0\x80\x80"},
    {"overlong-3-9F", "\xE0\x9F\xBF"},
    {"overlong-4-80", "\xF0\x80\x80\x80"},
    {"overlong-4-8F", "\xF0\x8F\xBF\xBF"},
    {"surrogate-D800", "\xED\xA0\x80"},
    {"surrogate-DB7F", "\xED\xAD\xBF"},
    {"surrogate-DBFF", "\xED\xAF\xBF"},
    {"surrogate-DC00", "\xED\xB0\x80"},
    {"surrogate-DFFF", "\xED\xBF\xBF"},
    {"surrogate-pair", "\xED\xA0\xBD\xED\xB8\x80"},
    {"above-U+110000", "\xF4\x90\x80\x80"},
    {"above-F4-BF", "\xF4\xBF\xBF\xBF"},
    {"lead-F5", "\xF5\x80\x80\x80"},
    {"lead-F7", "\xF7\xBF\xBF\xBF"},
    {"five-bytes", "\xF8\x88\x80\x80\x80"},
    {"six-bytes", "\xFC\x84\x80\x80\x80\x80"},
    {"byte-FE", "\xFE"},
    {"byte-FF", "\xFF"},
    {"cut-2-by-ascii", "\xC3("},
    {"cut-3-by-ascii-at-1", "\xE2(\xA1"},
    {"cut-3-by-ascii-at-2", "\xE2\x82("},
    {"cut-4-by-ascii-at-1", "\xF0(\x8C\xBC"},
    {"cut-4-by-ascii-at-2", "\xF0\x90(\xBC"},
    {"cut-4-by-ascii-at-3", "\xF0\x9F\x98("},
    {"cut-3-by-lead", "\xE2\x82\xE2\x82\xAC"},
    {"latin-1", "caf\xE9 au lait"},
};

// Not wrong before the message ends.
constexpr Text kUnfinished[] = {
    {"2-at-1", "\xC3"}, {"3-at-1", "\xE2"},     {"3-at-2", "\xE2\x82"},
    {"4-at-1", "\xF0"}, {"4-at-2", "\xF0\x9F"}, {"4-at-3", "\xF0\x9F\x98"},
};

const std::string kUtf8Refused = "close:1007 eof";
const std::string kBegin = R"({"type":"ping","id":")";

WsCase stored(std::string id, std::string text, std::vector<std::string> writes) {
  return {.id = std::move(id),
          .section = "8.1",
          .writes = std::move(writes),
          .expect = "ack text alive",
          .start = Start::in_chat,
          .tail = Tail::history,
          .text = std::move(text)};
}

void add_valid(std::vector<WsCase>& cases) {
  for (const auto& [name, bytes] : kValid) {
    const std::string text = "<" + std::string(bytes) + ">";
    const std::string command = message_command(text);
    cases.push_back(stored(std::string("utf8-") + name, text, {text_frame(command)}));
  }
  // Each character cut by the borders of frames, at every place.
  for (const std::size_t index : {3U, 7U, 15U, 20U, 25U}) {
    const std::string text(kValid[index].bytes);
    const std::string command = message_command(text);
    std::vector<std::string> single;
    for (const char c : command) single.emplace_back(1, c);
    cases.push_back(stored(std::string("utf8-cut-") + kValid[index].name, text, fragments(single)));
  }
}

void add_invalid(std::vector<WsCase>& cases) {
  for (const auto& [name, bytes] : kInvalid) {
    const std::string text = kBegin + std::string(bytes);
    const std::string id = std::string("utf8-bad-") + name;
    cases.push_back({.id = id,
                     .section = "8.1",
                     .writes = {text_frame(text + R"("})")},
                     .expect = kUtf8Refused});
    cases.push_back({.id = id + "-before-fin",
                     .section = "8.1, fail fast",
                     .writes = {frame({.fin = false}, text)},
                     .expect = kUtf8Refused,
                     .tail = Tail::nothing});
    cases.push_back({.id = id + "-before-the-frame-ends",
                     .section = "8.1, fail fast",
                     .writes = {frame({.declared = 1000}, text)},
                     .expect = kUtf8Refused,
                     .tail = Tail::nothing});
  }
}

void add_across_frames(std::vector<WsCase>& cases) {
  cases.push_back({.id = "utf8-bad-cut-over-frames",
                   .section = "8.1",
                   .writes = {frame({.fin = false}, kBegin + "\xED"),
                              frame({.opcode = kContinuation, .fin = false}, "\xA0")},
                   .expect = kUtf8Refused,
                   .tail = Tail::nothing});
  cases.push_back({.id = "utf8-bad-cut-over-frames-and-ping",
                   .section = "8.1",
                   .writes = {frame({.fin = false}, kBegin + "\xF4"), ping_frame("p"),
                              frame({.opcode = kContinuation, .fin = false}, "\x90")},
                   .expect = pong_event("p") + " " + kUtf8Refused,
                   .tail = Tail::nothing});
  cases.push_back({.id = "utf8-bad-by-1",
                   .section = "8.1",
                   .writes = chopped(text_frame(kBegin + "\xC3("), 1),
                   .expect = kUtf8Refused,
                   .tail = Tail::nothing});
  for (const auto& [name, bytes] : kUnfinished) {
    cases.push_back({.id = std::string("utf8-unfinished-") + name,
                     .section = "8.1",
                     .writes = {text_frame(kBegin + std::string(bytes))},
                     .expect = kUtf8Refused});
    cases.push_back({.id = std::string("utf8-unfinished-") + name + "-last-frame-empty",
                     .section = "8.1",
                     .writes = fragments({kBegin + std::string(bytes), ""}),
                     .expect = kUtf8Refused});
  }
  // A character begun in one message does not go on in the next.
  cases.push_back({.id = "utf8-not-over-messages",
                   .section = "8.1",
                   .writes = {text_frame("\n"), text_frame("\x80")},
                   .expect = kUtf8Refused});
  cases.push_back({.id = "utf8-binary-is-not-checked",
                   .section = "8.1, PROTOCOL 3",
                   .writes = {frame({.opcode = kBinary}, "\xFF\xFE")},
                   .expect = "closing:4501 close:4501 eof"});
  cases.push_back({.id = "utf8-ping-is-not-checked",
                   .section = "8.1",
                   .writes = {ping_frame("\xFF\xFE")},
                   .expect = pong_event("\xFF\xFE") + " alive"});
}

}  // namespace

void add_utf8_cases(std::vector<WsCase>& cases) {
  add_valid(cases);
  add_invalid(cases);
  add_across_frames(cases);
}

}  // namespace kith::test
