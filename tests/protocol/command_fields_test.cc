// Frames with a field that is missing or wrong: which error, and which field it names.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/command_support.h"

namespace kith {

using namespace test;

namespace {

const std::vector<std::pair<const char*, const char*>> kMissing = {
    {"{'type':'message.new'}", "chat_id"},
    {"{'type':'message.new','chat_id':null}", "chat_id"},
    {"{'type':'message.new','chat_id':'CHAT'}", "client_message_id"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a'}", "content"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a','content':null}", "content"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a','content':{}}",
     "content.type"},
    {"{'type':'message.update','chat_id':'CHAT'}", "message_id"},
    {"{'type':'message.update','chat_id':'CHAT','message_id':'MESSAGE'}", "content"},
    {"{'type':'message.delete','chat_id':'CHAT'}", "message_id"},
    {"{'type':'reaction.add','chat_id':'CHAT','message_id':'MESSAGE'}", "emoji"},
    {"{'type':'moderation','chat_id':'CHAT'}", "action"},
    {"{'type':'moderation','chat_id':'CHAT','action':'hide','user_id':'USER'}", "message_id"},
    {"{'type':'moderation','chat_id':'CHAT','action':'ban','message_id':'MESSAGE'}", "user_id"},
    {"{'type':'typing.start'}", "chat_id"},
    {"{'type':'typing.stop'}", "chat_id"},
    {"{'type':'delivery.read','chat_id':'CHAT'}", "last_read_message_id"},
    {"{'type':'history'}", "chat_id"},
    {"{'type':'subscribe'}", "channel"},
    {"{'type':'unsubscribe'}", "channel"},
    {"{'type':'presence'}", "channel"},
    {"{'type':'leaderboard'}", "channel"},
    {"{'type':'connection.refresh'}", "token"},
    {"{'type':'connection.refresh','token':null}", "token"},
};

}  // namespace

TEST_CASE("missing fields are named") {
  for (const auto& [text, field] : kMissing) {
    CAPTURE(text);
    CHECK(refusal(text) == std::string("bad_request ") + field);
  }
}

namespace {

const std::string kWithContent = ",'content':{'type':'text','text':'x'}}";

const std::vector<std::pair<std::string, const char*>> kWrong = {
    {"{'type':'typing.start','chat_id':'USER'}", "chat_id"},
    {"{'type':'typing.start','chat_id':'chat_01arz3ndektsv4rrffq69g5fav'}", "chat_id"},
    {"{'type':'typing.start','chat_id':'chat_01ARZ3NDEKTSV4RRFFQ69G5FAU'}", "chat_id"},
    {"{'type':'typing.start','chat_id':'CHAT '}", "chat_id"},
    {"{'type':'typing.start','chat_id':'-1'}", "chat_id"},
    {"{'type':'typing.start','chat_id':0}", "chat_id"},
    {"{'type':'typing.start','chat_id':9223372036854775808}", "chat_id"},
    {"{'type':'typing.start','chat_id':['CHAT']}", "chat_id"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':''" + kWithContent,
     "client_message_id"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':12" + kWithContent,
     "client_message_id"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'" + std::string(65, 'a') + "'" +
         kWithContent,
     "client_message_id"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a','reply_to':'USER'" +
         kWithContent,
     "reply_to"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a','reply_to':1" + kWithContent,
     "reply_to"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a','content':'hi'}", "content"},
    {"{'type':'message.new','chat_id':'CHAT','client_message_id':'a',"
     "'content':{'type':'tombstone','text':'x'}}",
     "content.type"},
    {"{'type':'message.update','chat_id':'CHAT','message_id':'CHAT'" + kWithContent, "message_id"},
    {"{'type':'message.delete','chat_id':'CHAT','message_id':'MESSAGE','reason':1}", "reason"},
    {"{'type':'message.delete','chat_id':'CHAT','message_id':'MESSAGE','reason':'" +
         std::string(501, 'a') + "'}",
     "reason"},
    {"{'type':'reaction.add','chat_id':'CHAT','message_id':'MESSAGE','emoji':'ok'}", "emoji"},
    {"{'type':'reaction.add','chat_id':'CHAT','message_id':'MESSAGE','emoji':''}", "emoji"},
    {"{'type':'reaction.add','chat_id':'CHAT','message_id':'MESSAGE','emoji':1}", "emoji"},
    {"{'type':'moderation','chat_id':'CHAT','action':'kick'}", "action"},
    {"{'type':'moderation','chat_id':'CHAT','action':1}", "action"},
    {"{'type':'moderation','chat_id':'CHAT','action':'ban','user_id':'MESSAGE'}", "user_id"},
    {"{'type':'moderation','chat_id':'CHAT','action':'ban','user_id':'USER','until':'soon'}",
     "until"},
    {"{'type':'moderation','chat_id':'CHAT','action':'ban','user_id':'USER','until':1}", "until"},
    {"{'type':'delivery.read','chat_id':'CHAT','last_read_message_id':'CHAT'}",
     "last_read_message_id"},
    {"{'type':'history','chat_id':'CHAT','before_seq':5,'after_seq':1}", "after_seq"},
    {"{'type':'subscribe','channel':'CHAT','presence':1}", "presence"},
    {"{'type':'subscribe','channel':'CHAT','presence':'true'}", "presence"},
    {"{'type':'subscribe','channel':7}", "channel"},
    {"{'type':'connection.init','token':1}", "token"},
    {"{'type':'connection.init','client':1}", "client"},
    {"{'type':'connection.init','epoch':1}", "epoch"},
    {"{'type':'connection.init','resume':[]}", "resume"},
    {"{'type':'connection.init','resume':{'CHAT':'1'}}", "resume"},
    {"{'type':'connection.init','resume':{'CHAT':null}}", "resume"},
    {"{'type':'connection.init','resume':{'CHAT':-1}}", "resume"},
    {"{'type':'connection.init','follow':'chats'}", "follow"},
    {"{'type':'connection.init','follow':['chats',1]}", "follow"},
    {"{'type':'connection.init','protocol':2}", "protocol"},
    {"{'type':'connection.init','protocol':'1'}", "protocol"},
    {"{'type':'connection.init','protocol':1.0}", "protocol"},
};

}  // namespace

TEST_CASE("wrong fields are named") {
  for (const auto& [text, field] : kWrong) {
    CAPTURE(text);
    CHECK(refusal(text) == std::string("bad_request ") + field);
  }
}

TEST_CASE("numbers are integers within their range, never cast") {
  for (const char* number : {"-1", "1.0", "1e3", "0.5", "-0.0", "'1'", "true", "[]",
                             "9007199254740993", "9223372036854775807", "9223372036854775808",
                             "18446744073709551615", "-9223372036854775808"}) {
    CAPTURE(number);
    for (const char* field : {"before_seq", "after_seq"}) {
      CHECK(refusal(fmt::format("{{'type':'history','chat_id':'CHAT','{}':{}}}", field, number)) ==
            std::string("bad_request ") + field);
    }
    CHECK(refusal(fmt::format("{{'type':'subscribe','channel':'CHAT','after_seq':{}}}", number)) ==
          "bad_request after_seq");
    CHECK(refusal(fmt::format("{{'type':'connection.init','resume':{{'CHAT':{}}}}}", number)) ==
          "bad_request resume");
  }
  for (const char* number : {"0", "-1", "1.0", "10.5", "'10'", "1e2", "-9223372036854775808"}) {
    CAPTURE(number);
    CHECK(refusal(fmt::format("{{'type':'history','chat_id':'CHAT','limit':{}}}", number)) ==
          "bad_request limit");
  }
}

TEST_CASE("a text that is no channel id is a channel that is not found") {
  for (const char* type : {"subscribe", "unsubscribe", "presence", "leaderboard"}) {
    for (const char* channel : {"x", "", "MESSAGE", "chat_1", "CHATX"}) {
      CAPTURE(channel);
      CHECK(refusal(fmt::format("{{'type':'{}','channel':'{}'}}", type, channel)) ==
            "not_found channel");
    }
  }
}

TEST_CASE("too many attachments are too large") {
  std::string attachments = "{'media_id':'m'}";
  for (std::size_t i = 0; i < limits::kAttachmentsMax; ++i) attachments += ",{'media_id':'m'}";
  CHECK(refusal("{'type':'message.new','chat_id':'CHAT','client_message_id':'a',"
                "'content':{'type':'image','attachments':[" +
                attachments + "]}}") == "too_large content.attachments");
}

}  // namespace kith
