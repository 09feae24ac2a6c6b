// RELIABILITY 3.3, of cursors: a cursor is a place in a list and no right to it. Changed, taken to
// another list or to another user it is refused, or it is a place in what they may see anyway.
// (Those of a chat's history and of `/chats` are refused always: tests/conformance.)
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "gateway/openapi/operation.h"
#include "tests/end_to_end/event_requests.h"
#include "tests/support/club.h"

namespace kith::test {
namespace {

// A server on which each list that pages has something, and somebody who may read all of them: the
// owner of a club and host of its events, who is an admin too.
struct PagedLists {
  TestServer server;
  Club club = make_club(server, 3);
  std::string event;
  // What an operation's path stands for; empty: it names something else besides.
  std::string path_of(std::string_view pattern) const {
    std::string out(pattern);
    for (const auto& [name, value] :
         {std::pair<std::string_view, const std::string*>{"{club_id}", &club.id},
          {"{event_id}", &event},
          {"{chat_id}", &club.chat},
          {"{user_id}", &club.owner().id}}) {
      if (const auto at = out.find(name); at != out.npos) out.replace(at, name.size(), *value);
    }
    return out.find('{') == out.npos ? out : std::string();
  }
  HttpResponse get(const User& user, const std::string& target) const {
    return server.http().get(target, user.token);
  }
};

void report_message(const PagedLists& lists, const User& by, const std::string& message) {
  lists.server.post("/chats/" + lists.club.chat + "/messages/" + message + "/report",
                    R"({"reason":"rude"})", by);
}

std::unique_ptr<PagedLists> make_paged_lists() {
  auto lists = std::make_unique<PagedLists>();
  const TestServer& server = lists->server;
  const Club& club = lists->club;
  const std::string of_club = R"(,"club_id":")" + club.id + '"';
  make_club(server, 2);
  lists->event = publish_event(server, club.owner(), of_club);
  publish_event(server, club.owner(), of_club);
  publish_event(server, club.users[1]);
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i);
    server.group(club.owner(), {});
    post_in(server, club, club.users[1], "post " + number);
    server.post(club.path("/broadcasts"),
                R"({"content":{"type":"text","text":")" + number + R"("},"audience":"all"})",
                club.owner());
    answer(server, club.users[static_cast<std::size_t>(i)], lists->event, "going");
    const HttpResponse said = server.post(
        "/chats/" + club.chat + "/messages",
        R"({"client_message_id":")" + number + R"(","content":{"type":"text","text":"x"}})",
        club.users[1]);
    report_message(*lists, club.users[2], said.json()["message_id"].text());
  }
  REQUIRE(lists->server.terminate() == 0);  // the data directory is its own while it runs
  const Output granted = run({kithd(), "grant", "--data", server.data().string(), "--user",
                              club.owner().id, "--role", "admin"});
  REQUIRE_MESSAGE(granted.status == 0, granted.err);
  lists->server.start();
  return lists;
}

std::string in_query(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (plain || c == '-' || c == '_') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// What its items are: by id, or what else tells one from another and stays as it is.
std::set<std::string> items_of(const HttpResponse& page) {
  std::set<std::string> out;
  const Json items = page.json()["items"];
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Json item = items[i];
    std::string name;
    for (const char* member : {"id", "user_id", "event_id", "kind", "type"}) {
      if (name.empty()) name = item[member].text();
    }
    out.insert(name.empty() ? item.dump() : name);
  }
  return out;
}

std::set<std::string> whole_list(const PagedLists& lists, const User& user,
                                 const std::string& path) {
  std::set<std::string> out;
  std::string cursor;
  for (int pages = 0; pages < 100; ++pages) {
    const HttpResponse page = lists.get(
        user, path + "?limit=200" + (cursor.empty() ? "" : "&cursor=" + in_query(cursor)));
    if (page.status != 200) break;
    out.merge(items_of(page));
    cursor = page.json()["next_cursor"].text();
    if (cursor.empty()) break;
  }
  return out;
}

// What came of many cursors at one list, as one user.
class Reader {
 public:
  Reader(const PagedLists& lists, const User& user, std::string path)
      : lists_(lists), user_(user), path_(std::move(path)) {
    usual_ = lists.get(user, path_).status;
  }

  void try_cursor(const std::string& cursor) {
    const HttpResponse page = lists_.get(user_, path_ + "?limit=50&cursor=" + in_query(cursor));
    CAPTURE(path_);
    CAPTURE(cursor);
    CAPTURE(page.body);
    const bool refused = page.status == 400 || page.status == 422;
    CHECK((refused || page.status == usual_));
    if (page.status == 200) seen_.merge(items_of(page));
    if (user_.id != lists_.club.owner().id) {
      CHECK(page.body.find(lists_.club.owner().email) == std::string::npos);
    }
  }
  // Last of all: what lists grow by meanwhile is none of others'.
  void check_seen() const {
    const std::set<std::string> own = whole_list(lists_, user_, path_);
    CAPTURE(path_);
    for (const std::string& item : seen_) CHECK_MESSAGE(own.contains(item), item);
  }

 private:
  const PagedLists& lists_;
  const User& user_;
  const std::string path_;
  int usual_ = 0;
  std::set<std::string> seen_;
};

struct GivenCursor {
  std::string path;
  std::string cursor;
};

std::vector<GivenCursor> cursors_of_owner(const PagedLists& lists) {
  std::vector<GivenCursor> out;
  for (const api::Operation& operation : api::operations()) {
    if (std::ranges::find(operation.query, std::string_view("cursor"), &api::Parameter::name) ==
        operation.query.end()) {
      continue;
    }
    const std::string path = lists.path_of(operation.pattern);
    if (path.empty()) continue;
    const HttpResponse first = lists.get(lists.club.owner(), path + "?limit=1");
    const std::string cursor = first.json()["next_cursor"].text();
    if (!cursor.empty()) out.push_back({path, cursor});
  }
  return out;
}

TEST_CASE(
    "a cursor that was changed, or is another list's, shows nothing that was not to be seen") {
  const auto lists = make_paged_lists();
  const std::vector<GivenCursor> given = cursors_of_owner(*lists);
  // Chats, members, posts, broadcasts, events, attendees, cases, one's own data: these at the
  // least.
  CHECK(given.size() >= 8);
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const auto& [path, cursor] : given) {
    Reader reader(*lists, lists->club.owner(), path);
    reader.try_cursor(cursor);
    for (std::size_t i = 0; i < cursor.size(); ++i) {
      const auto digit = kDigits.find(cursor[i]);
      if (digit == kDigits.npos) continue;
      std::string changed = cursor;
      changed[i] = kDigits[digit ^ std::size_t{1} << i % 6];
      reader.try_cursor(changed);
    }
    reader.try_cursor(cursor.substr(0, cursor.size() / 2));
    reader.try_cursor(cursor + cursor);
    for (const GivenCursor& other : given) reader.try_cursor(other.cursor);
    reader.check_seen();
  }
}

TEST_CASE("a cursor of somebody else's shows nothing of theirs") {
  const auto lists = make_paged_lists();
  const std::vector<GivenCursor> given = cursors_of_owner(*lists);
  const User stranger = lists->server.sign_up("stranger");
  for (int i = 0; i < 2; ++i) lists->server.group(stranger, {});
  for (const User* user : {&stranger, &std::as_const(lists->club.users[1])}) {
    for (const GivenCursor& one : given) {
      Reader reader(*lists, *user, one.path);
      for (const GivenCursor& other : given) reader.try_cursor(other.cursor);
      reader.check_seen();
    }
  }
}

}  // namespace
}  // namespace kith::test
