#include "protocol/content.h"

#include <doctest/doctest.h>

#include "protocol/limits.h"

namespace kith {
namespace {

Result<Content> parsed(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(json).get(element);
  REQUIRE(error == simdjson::SUCCESS);
  return parse_content(element);
}

std::string canonical(const std::string& json) {
  const auto content = parsed(json);
  return content ? content->json : "refused: " + content.error().field;
}

// The field that is to blame, and the code where it is another than bad_request.
std::string blamed(const std::string& json) {
  const auto content = parsed(json);
  if (content) return "accepted";
  CHECK_FALSE(content.error().message.empty());
  const bool usual = content.error().code == ErrorCode::bad_request;
  return (usual ? "" : std::string(to_string(content.error().code)) + " ") + content.error().field;
}

std::string with_attachment(const std::string& attachment) {
  return R"({"type":"image","attachments":[)" + attachment + "]}";
}

}  // namespace

TEST_CASE("content of equal meaning becomes equal bytes") {
  const std::string text = R"({"type":"text","text":"hi"})";
  CHECK(canonical(text) == text);
  CHECK(canonical(R"( { "text" : "hi" , "type" : "text" } )") == text);
  CHECK(canonical(R"({"type":"text","text":"\u0068i","unknown":{"a":[1]}})") == text);
  CHECK(canonical(R"({"type":"text","text":"hi","attachments":[]})") == text);
  CHECK(canonical(R"({"type":"text","text":"hi","attachments":null})") == text);

  const std::string image =
      R"({"type":"image","text":"","attachments":[{"media_id":"m1","type":"image/png",)"
      R"("metadata":{"w":1,"h":2.5}},{"media_id":"m2"}]})";
  CHECK(canonical(image) == image);
  CHECK(canonical(R"({"attachments":[{"metadata":{ "w":1, "h":2.5 },"x":0,"type":"image/png",)"
                  R"("media_id":"m1"},{"type":null,"media_id":"m2","metadata":null}],)"
                  R"("text":null,"type":"image"})") == image);
}

TEST_CASE("what differs in meaning differs in bytes") {
  CHECK(canonical(R"({"type":"text","text":"hi"})") !=
        canonical(R"({"type":"text","text":"hi "})"));
  CHECK(canonical(R"({"type":"text","text":"hi"})") != canonical(R"({"type":"note","text":"hi"})"));
  CHECK(canonical(with_attachment(R"({"media_id":"a"})")) !=
        canonical(with_attachment(R"({"media_id":"b"})")));
}

TEST_CASE("text is kept byte by byte and escaped on output") {
  CHECK(canonical(R"({"type":"text","text":"\"\\\n\u0001\u007f\u202e\u200b\ufffe👍e\u0301"})") ==
        "{\"type\":\"text\",\"text\":\"\\\"\\\\\\n\\u0001\x7F\xE2\x80\xAE\xE2\x80\x8B\xEF\xBF\xBE"
        "👍e\xCC\x81\"}");
  CHECK(canonical(R"({"type":"text","text":" "})") == R"({"type":"text","text":" "})");
}

TEST_CASE("a text is bounded by the frame alone") {
  const std::string text(60'000, 'x');
  CHECK(canonical(R"({"type":"text","text":")" + text + "\"}").size() == text.size() + 25);
}

TEST_CASE("attachments are handed over as they were read") {
  const auto content = parsed(
      R"({"type":"image","attachments":[{"media_id":"m1","type":"image","metadata":{"a": "é"}},)"
      R"({"media_id":"m2"}]})");
  REQUIRE(content);
  REQUIRE(content->attachments.size() == 2);
  CHECK(content->attachments[0].media_id == "m1");
  CHECK(content->attachments[0].type == "image");
  CHECK(content->attachments[0].metadata == R"({"a":"é"})");
  CHECK(content->attachments[1].media_id == "m2");
  CHECK(content->attachments[1].type.empty());
  CHECK(content->attachments[1].metadata.empty());
}

TEST_CASE("canonical content is JSON that reads as itself") {
  const std::string once =
      canonical(R"({"type":"x.y_z-0","text":"a\"b\\c\td",)"
                R"("attachments":[{"media_id":"\"","metadata":{"\"k\\":"\u001f"}}]})");
  CHECK(once.starts_with(R"({"type":"x.y_z-0","text":"a\"b\\c\td",)"));
  CHECK(canonical(once) == once);
}

TEST_CASE("wrong content names the field to blame") {
  for (const char* json : {"1", "null", "[]", "\"text\"", "true"}) CHECK(blamed(json) == "content");
  for (const char* type :
       {"null", "1", "\"\"", "\"Text\"", "\"te xt\"", "\"tombstone\"", "\"t\\u0000\"",
        "\"\\u00e9\"", "{}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""}) {
    CAPTURE(type);
    CHECK(blamed("{\"text\":\"hi\",\"type\":" + std::string(type) + "}") == "content.type");
  }
  CHECK(blamed(R"({"text":"hi"})") == "content.type");
  CHECK(blamed(R"({"Type":"text","text":"hi"})") == "content.type");
  CHECK(blamed(R"({"type":"text"})") == "content.text");
  for (const char* text : {"null", "1", "\"\"", "[]", "{}", "\"\\u0000\"", "\"a\\u0000b\""}) {
    CAPTURE(text);
    CHECK(blamed("{\"type\":\"text\",\"text\":" + std::string(text) + "}") == "content.text");
  }
  CHECK(blamed(R"({"type":"text","text":1,"attachments":[{"media_id":"m"}]})") == "content.text");
}

TEST_CASE("wrong attachments name the one to blame") {
  for (const char* attachments : {"1", "{}", "\"m1\"", "true"}) {
    CHECK(blamed("{\"type\":\"text\",\"text\":\"hi\",\"attachments\":" + std::string(attachments) +
                 "}") == "content.attachments");
  }
  CHECK(blamed(R"({"type":"image","attachments":[]})") == "content.text");
  CHECK(blamed(with_attachment("1")) == "content.attachments[0]");
  CHECK(blamed(with_attachment("null")) == "content.attachments[0]");
  CHECK(blamed(with_attachment(R"({"media_id":"m"},{})")) == "content.attachments[1].media_id");
  for (const char* id : {"1", "null", "\"\"", "\"a\\u0000\"", "\"a\\n\""}) {
    CHECK(blamed(with_attachment("{\"media_id\":" + std::string(id) + "}")) ==
          "content.attachments[0].media_id");
  }
  const std::string longest(64, 'm');
  CHECK(blamed(with_attachment("{\"media_id\":\"" + longest + "\"}")) == "accepted");
  CHECK(blamed(with_attachment("{\"media_id\":\"" + longest + "m\"}")) ==
        "content.attachments[0].media_id");
  for (const std::string& type : {std::string("1"), std::string("{}"), std::string("\"\\u0000\""),
                                  "\"" + std::string(33, 'a') + "\""}) {
    CHECK(blamed(with_attachment(R"({"media_id":"m","type":)" + type + "}")) ==
          "content.attachments[0].type");
  }
  for (const char* metadata : {"1", "[]", "\"x\"", R"({"a":"\u0000"})", R"({"\u0000":[1]})"}) {
    CHECK(blamed(with_attachment(R"({"media_id":"m","metadata":)" + std::string(metadata) + "}")) ==
          "content.attachments[0].metadata");
  }
}

TEST_CASE("too many attachments and too much metadata are too large") {
  std::string ten = R"({"media_id":"m"})";
  for (std::size_t i = 1; i < limits::kAttachmentsMax; ++i) ten += R"(,{"media_id":"m"})";
  CHECK(blamed(with_attachment(ten)) == "accepted");
  CHECK(blamed(with_attachment(ten + R"(,{"media_id":"m"})")) == "too_large content.attachments");

  const auto metadata = [](std::size_t bytes) {
    return with_attachment(R"({"media_id":"m","metadata":{"a" : ")" + std::string(bytes - 8, 'x') +
                           "\"}}");
  };
  CHECK(blamed(metadata(limits::kAttachmentMetadataBytesMax)) == "accepted");
  CHECK(blamed(metadata(limits::kAttachmentMetadataBytesMax + 1)) ==
        "too_large content.attachments[0].metadata");
}

}  // namespace kith
