// Frames that are right: what comes out of them.
#include "protocol/command.h"

#include <set>
#include <type_traits>

#include "protocol/limits.h"
#include "protocol/time_format.h"
#include "tests/protocol/command_support.h"

namespace kith {

using namespace test;
using command::ModerationAction;

TEST_CASE("message.new") {
  const Parsed parsed(
      "{'type':'message.new','id':'17','chat_id':'CHAT','client_message_id':'tmp-123',"
      "'content':{'text':'hi','type':'text'},'reply_to':'MESSAGE','future':[1,{'a':null}]}");
  const auto& read = parsed.as<command::MessageNew>();
  CHECK(read.chat == chat());
  CHECK(read.client_message_id == "tmp-123");
  CHECK(read.content.json == R"({"type":"text","text":"hi"})");
  CHECK(read.reply_to == message());
  CHECK(parsed.frame_read().id == "17");
  CHECK(parsed.frame_read().client_message_id == "tmp-123");
  CHECK(parsed.frame_read().type == "message.new");

  const Parsed plain(
      "{'type':'message.new','chat_id':'CHAT','client_message_id':'\\u00e9',"
      "'content':{'type':'text','text':'hi'},'reply_to':null}");
  CHECK_FALSE(plain.as<command::MessageNew>().reply_to);
  CHECK(plain.as<command::MessageNew>().client_message_id == "\xC3\xA9");
  CHECK(plain.frame_read().id.empty());
}

TEST_CASE("message.update and message.delete") {
  const Parsed update(
      "{'type':'message.update','chat_id':'CHAT','message_id':'MESSAGE',"
      "'content':{'type':'text','text':'new'}}");
  CHECK(update.as<command::MessageUpdate>().chat == chat());
  CHECK(update.as<command::MessageUpdate>().message == message());
  CHECK(update.as<command::MessageUpdate>().content.json == R"({"type":"text","text":"new"})");

  const Parsed removal(
      "{'type':'message.delete','chat_id':'CHAT','message_id':'MESSAGE','reason':'spam'}");
  CHECK(removal.as<command::MessageDelete>().message == message());
  CHECK(removal.as<command::MessageDelete>().reason == "spam");
  const Parsed silent("{'type':'message.delete','chat_id':'CHAT','message_id':'MESSAGE'}");
  CHECK(silent.as<command::MessageDelete>().reason.empty());
}

TEST_CASE("reaction.add and reaction.remove") {
  const Parsed add(
      "{'type':'reaction.add','chat_id':'CHAT','message_id':'MESSAGE','emoji':'\\ud83d\\udc4d'}");
  CHECK(add.as<command::Reaction>().emoji == "👍");
  CHECK(add.as<command::Reaction>().add);
  CHECK(add.as<command::Reaction>().message == message());
  const Parsed remove(
      "{'type':'reaction.remove','chat_id':'CHAT','message_id':'MESSAGE','emoji':'👍'}");
  CHECK_FALSE(remove.as<command::Reaction>().add);
}

TEST_CASE("moderation of messages and of users") {
  for (const char* action : {"hide", "restore"}) {
    const Parsed parsed(std::string("{'type':'moderation','chat_id':'CHAT','action':'") + action +
                        "','message_id':'MESSAGE','until':'2024-04-20T17:05:00Z'}");
    const auto& read = parsed.as<command::Moderation>();
    CHECK(to_string(read.action) == action);
    CHECK(read.message == message());
    CHECK_FALSE(read.user);
    CHECK_FALSE(read.until);
  }
  for (const char* action : {"mute", "unmute", "ban", "unban"}) {
    const Parsed parsed(std::string("{'type':'moderation','chat_id':'CHAT','action':'") + action +
                        "','user_id':'USER','reason':'r','until':'2024-04-20T19:05:00.5+02:00'}");
    const auto& read = parsed.as<command::Moderation>();
    CHECK(to_string(read.action) == action);
    CHECK(read.user == user());
    CHECK_FALSE(read.message);
    CHECK(read.reason == "r");
    const bool lasts =
        read.action == ModerationAction::mute || read.action == ModerationAction::ban;
    CHECK(read.until.has_value() == lasts);
    if (lasts) CHECK(format_time(*read.until) == "2024-04-20T17:05:00.500Z");
  }
  const Parsed for_good(
      "{'type':'moderation','chat_id':'CHAT','action':'ban','user_id':'USER','until':null}");
  CHECK_FALSE(for_good.as<command::Moderation>().until);
}

TEST_CASE("typing and read receipts") {
  CHECK(Parsed("{'type':'typing.start','chat_id':'CHAT'}").as<command::Typing>().start);
  CHECK_FALSE(Parsed("{'type':'typing.stop','chat_id':'CHAT'}").as<command::Typing>().start);
  const Parsed read("{'type':'delivery.read','chat_id':'CHAT','last_read_message_id':'MESSAGE'}");
  CHECK(read.as<command::DeliveryRead>().last_read == message());
  CHECK(read.as<command::DeliveryRead>().chat == chat());
}

TEST_CASE("history pages either way, and its limit is bounded") {
  const auto limit = [](const std::string& text) {
    return Parsed("{'type':'history','chat_id':'CHAT','limit':" + text + "}")
        .as<command::History>()
        .limit;
  };
  CHECK(limit("1") == 1);
  CHECK(limit("200") == 200);
  CHECK(limit("201") == 200);
  CHECK(limit("4294967297") == 200);
  CHECK(limit("18446744073709551615") == 200);
  CHECK(limit("null") == limits::kHistoryLimitDefault);

  const Parsed newest("{'type':'history','chat_id':'CHAT'}");
  CHECK(newest.as<command::History>().limit == limits::kHistoryLimitDefault);
  CHECK_FALSE(newest.as<command::History>().before_seq);
  CHECK_FALSE(newest.as<command::History>().after_seq);
  const Parsed before("{'type':'history','chat_id':'CHAT','before_seq':12,'after_seq':null}");
  CHECK(before.as<command::History>().before_seq == Seq{12});
  CHECK_FALSE(before.as<command::History>().after_seq);
  const Parsed after("{'type':'history','chat_id':'CHAT','after_seq':0}");
  CHECK(after.as<command::History>().after_seq == Seq{0});
}

TEST_CASE("subscribing") {
  const Parsed full(
      "{'type':'subscribe','id':'7','channel':'CHAT','after_seq':128,'presence':true}");
  CHECK(full.as<command::Subscribe>().channel == ChannelId(chat()));
  CHECK(full.as<command::Subscribe>().after_seq == Seq{128});
  CHECK(full.as<command::Subscribe>().presence);
  const Parsed own("{'type':'subscribe','channel':'USER','after_seq':null}");
  CHECK(own.as<command::Subscribe>().channel == ChannelId(user()));
  CHECK_FALSE(own.as<command::Subscribe>().after_seq);
  CHECK_FALSE(own.as<command::Subscribe>().presence);
  const Parsed far("{'type':'subscribe','channel':'CHAT','after_seq':9007199254740992}");
  CHECK(far.as<command::Subscribe>().after_seq == Seq{1} << 53);
  CHECK(Parsed("{'type':'unsubscribe','channel':'CHAT'}").as<command::Unsubscribe>().channel ==
        ChannelId(chat()));
  CHECK(Parsed("{'type':'presence','channel':'CHAT'}").as<command::Presence>().channel ==
        ChannelId(chat()));
}

TEST_CASE("leaderboard") {
  const std::string board = "board_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const Parsed parsed("{'type':'leaderboard','channel':'" + board +
                      "','around_me':true,'limit':10}");
  CHECK(parsed.as<command::Leaderboard>().channel == *ChannelId::parse(board));
  CHECK(parsed.as<command::Leaderboard>().around_me);
  CHECK(parsed.as<command::Leaderboard>().limit == 10);
  const Parsed most("{'type':'leaderboard','channel':'" + board + "','limit':1000}");
  CHECK(most.as<command::Leaderboard>().limit == 100);
}

TEST_CASE("console") {
  CHECK(Parsed("{'type':'console','watch':true}").as<command::Console>().watch);
  CHECK_FALSE(Parsed("{'type':'console'}").as<command::Console>().watch);
}

TEST_CASE("connection.init with everything, and with nothing") {
  const Parsed full(
      "{'type':'connection.init','token':'t.o.k','client':'ios','protocol':1,'epoch':'01J',"
      "'resume':{'CHAT':128,'no channel':7,'USER':0},'follow':['chats','events','planets']}");
  const auto& init = full.as<command::ConnectionInit>();
  CHECK(init.token == "t.o.k");
  CHECK(init.client == "ios");
  CHECK(init.epoch == "01J");
  REQUIRE(init.resume.size() == 3);
  CHECK(init.resume[0].channel == ChannelId(chat()));
  CHECK(init.resume[0].text == kChat);
  CHECK(init.resume[0].after == 128);
  CHECK(init.resume[1].text == "no channel");
  CHECK_FALSE(init.resume[1].channel);
  CHECK(init.resume[2].channel == ChannelId(user()));
  CHECK(init.follow_chats);
  CHECK_FALSE(init.follow_clubs);
  CHECK(init.follow_events);

  for (const char* bare :
       {"{'type':'connection.init'}",
        "{'type':'connection.init','token':null,'client':null,'protocol':null,'epoch':null,"
        "'resume':null,'follow':null}"}) {
    const Parsed parsed(bare);
    const auto& empty = parsed.as<command::ConnectionInit>();
    CHECK(empty.token.empty());
    CHECK(empty.resume.empty());
    CHECK_FALSE(empty.follow_chats);
  }
  const Parsed clubs("{'type':'connection.init','follow':['clubs'],'resume':{}}");
  CHECK(clubs.as<command::ConnectionInit>().follow_clubs);
}

TEST_CASE("connection.refresh and ping") {
  CHECK(
      Parsed("{'type':'connection.refresh','token':'t'}").as<command::ConnectionRefresh>().token ==
      "t");
  const Parsed ping("{'type':'ping','id':'1'}");
  ping.as<command::Ping>();
  CHECK(ping.frame_read().id == "1");
}

TEST_CASE("on the socket of a chat its id may be left out") {
  const std::optional<ChatId> here = chat();
  CHECK(Parsed("{'type':'typing.start'}", here).as<command::Typing>().chat == chat());
  CHECK(Parsed("{'type':'typing.start','chat_id':null}", here).as<command::Typing>().chat ==
        chat());
  CHECK(Parsed("{'type':'history'}", here).as<command::History>().chat == chat());
  CHECK(Parsed("{'type':'subscribe'}", here).as<command::Subscribe>().channel == ChannelId(chat()));
  CHECK(Parsed("{'type':'unsubscribe'}", here).as<command::Unsubscribe>().channel ==
        ChannelId(chat()));
  CHECK(Parsed("{'type':'presence'}", here).as<command::Presence>().channel == ChannelId(chat()));

  const std::string other = "chat_00000000000000000000000001";
  CHECK(Parsed("{'type':'typing.start','chat_id':'" + other + "'}", here)
            .as<command::Typing>()
            .chat.text() == other);
  CHECK(refusal("{'type':'typing.start','chat_id':'x'}", here) == "bad_request chat_id");
  CHECK(refusal("{'type':'typing.start','chat_id':1}", here) == "bad_request chat_id");
  CHECK(refusal("{'type':'leaderboard'}", here) == "bad_request channel");
}

TEST_CASE("white space and escapes in names change nothing") {
  const Parsed parsed(" \t\r\n{ '\\u0074ype' : 'ty\\u0070ing.start' , 'chat_id' : 'CHAT' } \n");
  CHECK(parsed.as<command::Typing>().chat == chat());
}

TEST_CASE("every command has a name, and no two share one") {
  std::set<std::string_view> names;
  const auto add = [&names](const Command& each) { names.insert(command_name(each)); };
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (add(std::variant_alternative_t<kIndex, Command>{}), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Command>>{});
  CHECK(names.size() == std::variant_size_v<Command>);
  CHECK(command_name(command::Reaction{}) == "reaction.add");
  CHECK(command_name(command::Reaction{.add = false}) == "reaction.remove");
  CHECK(command_name(command::Typing{}) == "typing.start");
  CHECK(command_name(command::Typing{.start = false}) == "typing.stop");
  CHECK(command_name(command::Ping{}) == "ping");
  CHECK(names.count("message.new") == 1);
}

TEST_CASE("moderation actions read as they are written") {
  for (int i = 0; i < 6; ++i) {
    const auto action = static_cast<ModerationAction>(i);
    CHECK(parse_moderation_action(to_string(action)) == action);
  }
  CHECK_FALSE(parse_moderation_action("Hide"));
  CHECK_FALSE(parse_moderation_action(""));
}

TEST_CASE("lines of a text frame") {
  const auto lines = [](std::string_view text, std::size_t stop_after = 100) {
    std::vector<std::string> out;
    for_each_line(text, [&](std::string_view line) {
      out.emplace_back(line);
      return out.size() < stop_after;
    });
    return out;
  };
  CHECK(lines("").empty());
  CHECK(lines("\n\r\n \t\n").empty());
  CHECK(lines("{}") == std::vector<std::string>{"{}"});
  CHECK(lines("{1}\n\n{2}\r\n{3}\n") == std::vector<std::string>{"{1}", "{2}\r", "{3}"});
  CHECK(lines("{1}\n{2}\n{3}", 2) == std::vector<std::string>{"{1}", "{2}"});
}

}  // namespace kith
