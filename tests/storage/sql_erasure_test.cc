// Deleted means gone: from every table, and from the file (secure_delete).
#include "sql_file.h"

namespace kith {
namespace {

constexpr const char* kCanary = "canary-7f3a91";
constexpr const char* kAttachmentCanary = "media-canary-52c0";

Content canary_content() {
  Content content = text_content(kCanary);
  content.json = std::string(R"({"type":"text","text":")") + kCanary +
                 R"(","attachments":[{"media_id":")" + kAttachmentCanary + R"("}]})";
  content.attachments.push_back({.media_id = kAttachmentCanary, .type = {}, .metadata = {}});
  return content;
}

struct CanaryChat {
  SqlFile file;
  UserRecord owner;
  UserRecord member;
  ChatId chat;
  MessageId message;

  CanaryChat() {
    auto& store = file.store();
    owner = store.add_user("Olga");
    member = store.add_user("Max");
    chat = store.add_group({owner, member});
    Append append = store.message(member, chat, "");
    append.content = canary_content();
    message = append.message;
    REQUIRE(store->append(std::move(append)).ok());
    REQUIRE(store
                ->react(store.actor(owner),
                        {.chat = chat, .message = message, .emoji = "emoji-canary", .add = true})
                .ok());
  }
};

}  // namespace

TEST_CASE("a deleted message is in no table and in no byte of the file") {
  CanaryChat canary;
  auto& store = canary.file.store();
  REQUIRE(canary.file.holds(kCanary));
  SUBCASE("by its sender") {
    REQUIRE(store
                ->remove(store.actor(canary.member),
                         {.chat = canary.chat, .message = canary.message, .reason = {}})
                .ok());
  }
  SUBCASE("by the owner") {
    REQUIRE(store
                ->remove(store.actor(canary.owner),
                         {.chat = canary.chat, .message = canary.message, .reason = "off topic"})
                .ok());
  }
  SUBCASE("after it was hidden") {
    REQUIRE(store
                ->moderate(store.actor(canary.owner), {.chat = canary.chat,
                                                       .action = command::ModerationAction::hide,
                                                       .message = canary.message,
                                                       .user = {},
                                                       .reason = {},
                                                       .until = {}})
                .ok());
    REQUIRE(store
                ->remove(store.actor(canary.owner),
                         {.chat = canary.chat, .message = canary.message, .reason = {}})
                .ok());
  }
  canary.file.close();
  auto db = canary.file.connect(SqliteConnection::Mode::write);
  db->checkpoint(SqliteConnection::Checkpoint::truncate);
  CHECK(count_of(*db, "SELECT COUNT(*) FROM chat_messages WHERE content IS NULL") == 1);
  CHECK(count_of(*db, "SELECT COUNT(*) FROM message_attachments") == 0);
  CHECK(count_of(*db, "SELECT COUNT(*) FROM message_reactions") == 0);
  db.reset();
  CHECK_FALSE(canary.file.holds(kCanary));
  CHECK_FALSE(canary.file.holds(kAttachmentCanary));
}

TEST_CASE("an edit replaces the attachments, and what was written before is gone from the file") {
  CanaryChat canary;
  auto& store = canary.file.store();
  Content content = text_content("harmless");
  content.attachments.push_back(
      {.media_id = "media-new", .type = "photo", .metadata = R"({"width":3})"});
  REQUIRE(store
              ->edit(store.actor(canary.member),
                     {.chat = canary.chat, .message = canary.message, .content = content})
              .ok());
  canary.file.close();
  auto db = canary.file.connect(SqliteConnection::Mode::write);
  db->checkpoint(SqliteConnection::Checkpoint::truncate);
  {
    auto row = db->query("SELECT media_id, type, metadata FROM message_attachments");
    REQUIRE(row.next());
    CHECK(row.text(0) == "media-new");
    CHECK(row.text(1) == "photo");
    CHECK(row.text(2) == R"({"width":3})");
    CHECK_FALSE(row.next());
  }
  db.reset();
  CHECK_FALSE(canary.file.holds(kCanary));
  CHECK_FALSE(canary.file.holds(kAttachmentCanary));
}

}  // namespace kith
