// Frames that are wrong: what closes the socket, and what is answered with which error.
#include <fmt/format.h>

#include <random>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/command_support.h"

namespace kith {

using namespace test;

namespace {

std::string nested(int depth) {
  return "{\"type\":\"ping\",\"x\":" + std::string(static_cast<std::size_t>(depth - 1), '[') + '1' +
         std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
}

}  // namespace

TEST_CASE("what is no JSON object with a string type closes the socket") {
  for (const char* text : {
           "",
           " ",
           "hello",
           "1",
           "\"type\"",
           "null",
           "true",
           "[]",
           "[{'type':'ping'}]",
           "{}",
           "{'type':null}",
           "{'type':1}",
           "{'type':['ping']}",
           "{'type':{}}",
           "{'Type':'ping'}",
           "{'type':'ping'",
           "{'type':'ping'}}",
           "{'type':'ping'}{'type':'ping'}",
           "{'type':'ping'} {'type':'ping'}",
           "{'type':'ping'}\n{'type':'ping'}",
           "{'type':'ping',}",
           "{'type':'ping' 'a':1}",
           "{type:'ping'}",
           "{'type':ping}",
           "{'type':'ping'}x",
           "{'type':'ping','a':tru}",
           "{'type':'ping','a':nul}",
           "{'type':'ping','a':[}",
           "{'type':'ping','a':[1,]}",
           "{'type':'ping','a':NaN}",
           "{'type':'ping','a':Infinity}",
           "{'type':'ping','a':01}",
           "{'type':'ping','a':+1}",
           "{'type':'ping','a':.5}",
           "{'type':'ping','a':1.}",
           "{'type':'ping','a':1e400}",
           "{'type':'ping','a':18446744073709551616}",
           "{'type':'ping','a':0x10}",
           "{'type':'ping'}//",
           "/**/{'type':'ping'}",
           "{'type':'ping','a':'\\ud800'}",
           "{'type':'ping','a':'\\udc00\\ud800'}",
           "{'type':'ping','a':'\\x'}",
           "{'type':'ping','a':'\t'}",
           "{'type':'ping','a':'\n'}",
           "{'type':'ping','a':'\\u12'}",
           "{'type':'ping','a':'\xFF'}",
           "{'type':'ping','a':'\xC0\x80'}",
           "{'type':'ping','a':'\xED\xA0\x80'}",
           "\xEF\xBB\xBF{'type':'ping'}",
       }) {
    CAPTURE(text);
    CHECK(Parsed(text).closes());
  }
  CommandParser parser;
  CHECK_FALSE(parser.parse(std::string_view("{\"type\":\"ping\"}\0", 16)));
  CHECK_FALSE(parser.parse(std::string_view("\0{\"type\":\"ping\"}", 16)));
  CHECK_FALSE(parser.parse("{\"type\":\"ping\",\"a\":" + std::string(10'000, '9') + "}"));
}

TEST_CASE("documents nest 16 deep and no deeper") {
  CHECK(Parsed(nested(limits::kJsonDepthMax)).refusal() == "accepted");
  CHECK(Parsed(nested(limits::kJsonDepthMax + 1)).closes());
  CHECK(Parsed(nested(1100)).closes());
  CHECK(Parsed("{\"type\":\"ping\",\"x\":" + std::string(60'000, '[')).closes());
}

TEST_CASE("the depth stays the same after a text longer than a frame") {
  CommandParser parser;
  const std::string big = "{\"type\":\"ping\",\"x\":\"" + std::string(200'000, 'x') + "\"}";
  REQUIRE(parser.parse(big));
  CHECK(parser.parse(nested(limits::kJsonDepthMax)));
  CHECK_FALSE(parser.parse(nested(limits::kJsonDepthMax + 1)));
}

TEST_CASE("an unknown type is an error that carries the id") {
  for (const char* type : {"",
                           "nothing",
                           "Ping",
                           "ping ",
                           "message.New",
                           "ack",
                           "error",
                           "pong",
                           "subscribed",
                           "connection.ready",
                           "connection.closing",
                           "connection.expiring",
                           "unsubscribed",
                           "presence.join",
                           "participant.join",
                           "system.moderation",
                           "notification.new",
                           "session.revoked",
                           "__proto__",
                           "constructor"}) {
    CAPTURE(type);
    const Parsed parsed(std::string("{'id':'9','type':'") + type + "'}");
    CHECK(parsed.refusal() == "unknown_type type");
    CHECK(parsed.frame_read().id == "9");
  }
}

TEST_CASE("an id is a string of at most 64 characters, else nothing carries it") {
  for (const char* id : {"1", "null", "true", "[]", "{}", "1.5", "'a\\u0000'"}) {
    CAPTURE(id);
    const Parsed parsed(std::string("{'type':'ping','id':") + id + "}");
    CHECK(parsed.refusal() == "bad_request id");
    CHECK(parsed.frame_read().id.empty());
  }
  const auto with_id = [](const std::string& id) {
    return Parsed("{'type':'ping','id':'" + id + "'}").refusal();
  };
  std::string wide;
  for (int i = 0; i < 64; ++i) wide += "👍";
  CHECK(with_id(std::string(64, 'x')) == "accepted");
  CHECK(with_id(std::string(65, 'x')) == "bad_request id");
  CHECK(with_id(wide) == "accepted");
  CHECK(with_id(wide + "x") == "bad_request id");
  CHECK(with_id(std::string(60'000, 'x')) == "bad_request id");
  CHECK(refusal("{'type':'nothing','id':7}") == "bad_request id");
}

TEST_CASE("an error still carries the id and the client's message id") {
  const Parsed parsed(
      "{'type':'message.new','id':'18','chat_id':'x','client_message_id':'tmp-124'}");
  CHECK(parsed.refusal() == "bad_request chat_id");
  CHECK(parsed.frame_read().id == "18");
  CHECK(parsed.frame_read().client_message_id == "tmp-124");
  const Parsed unusable(
      "{'type':'message.new','chat_id':'CHAT','client_message_id':'a\\nb',"
      "'content':{'type':'text','text':'x'}}");
  CHECK(unusable.refusal() == "bad_request client_message_id");
  CHECK(unusable.frame_read().client_message_id.empty());
  CHECK(Parsed("{'type':'ping','client_message_id':'a'}").frame_read().client_message_id.empty());
}

TEST_CASE("a key that stands twice, anywhere, is a bad request") {
  for (const char* text :
       {"{'type':'ping','type':'ping'}", "{'type':'ping','id':'1','id':'2'}",
        "{'type':'ping','a':1,'a':1}", "{'type':'ping','a':{'b':1,'b':1}}",
        "{'type':'ping','a':[[{'b':1,'b':1}]]}", "{'type':'ping','\\u0074ype':'ping'}",
        "{'type':'connection.init','resume':{'CHAT':1,'CHAT':2}}",
        "{'type':'message.new','chat_id':'CHAT','client_message_id':'a',"
        "'content':{'type':'text','text':'a','text':'b'}}"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "bad_request");
  }
}

TEST_CASE("ten thousand keys are read, and a repeat among them is found") {
  std::string keys;
  for (int i = 0; i < 10'000; ++i) keys += fmt::format(",\"{}\":1", i);
  CHECK(refusal("{\"type\":\"ping\"" + keys + "}") == "accepted");
  CHECK(refusal("{\"type\":\"ping\"" + keys + ",\"5000\":1}") == "bad_request");
  CHECK(refusal("{\"type\":\"ping\",\"" + std::string(60'000, 'k') + "\":1}") == "accepted");
}

TEST_CASE("U+0000 in any string is a bad request, its escaped spelling is not") {
  CHECK(refusal("{'type':'ping','a':'\\u0000'}") == "bad_request");
  CHECK(refusal("{'type':'ping','a':['x',{'b':'y\\u0000'}]}") == "bad_request");
  CHECK(refusal("{'type':'ping','a\\u0000':1}") == "bad_request");
  CHECK(refusal("{'type':'connection.init','token':'a\\u0000'}") == "bad_request");
  CHECK(refusal("{'type':'ping','a':'\\\\u0000'}") == "accepted");
}

TEST_CASE("error texts hold nothing that the client wrote") {
  const Parsed parsed("{'type':'secret-type','id':'1','token':'secret'}");
  CHECK(parsed.frame_read().command.error().message.find("secret") == std::string::npos);
  const Parsed id("{'type':'typing.start','chat_id':'secret'}");
  CHECK(id.frame_read().command.error().message.find("secret") == std::string::npos);
}

TEST_CASE("damaged frames never stop the parser, and it reads a good one afterwards") {
  CommandParser parser;
  std::mt19937_64 random(4);
  const std::string good = frame(
      "{'type':'message.new','id':'17','chat_id':'CHAT','client_message_id':'tmp-123',"
      "'content':{'type':'text','text':'hi \\u00e9','attachments':[{'media_id':'m',"
      "'metadata':{'w':1.5}}]},'reply_to':'MESSAGE'}");
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (auto hits = random() % 4; hits > 0; --hits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, 1, "{}[]\",:\\0e"[random() % 10]);
          break;
      }
    }
    // Exactly as long as it is: what lies behind it must not be read.
    const std::vector<char> exact(text.begin(), text.end());
    const auto parsed = parser.parse({exact.data(), exact.size()});
    if (parsed && !parsed->command) CHECK_FALSE(parsed->command.error().message.empty());
  }
  const auto parsed = parser.parse(good);
  REQUIRE(parsed);
  CHECK(parsed->command.ok());
}

}  // namespace kith
