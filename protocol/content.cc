#include "protocol/content.h"

#include <fmt/format.h>

#include <optional>

#include "protocol/json_check.h"
#include "protocol/json_writer.h"
#include "protocol/limits.h"
#include "protocol/text_rules.h"

namespace kith {
namespace {

namespace dom = simdjson::dom;

Error bad(std::string_view field, std::string_view what) {
  return fail(ErrorCode::bad_request, fmt::format("{} {}", field, what), std::string(field));
}

bool is_content_type(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !text.empty() && text.size() <= limits::kContentTypeBytesMax &&
         text.find_first_not_of(kAllowed) == text.npos && text != "tombstone";
}

// Null stands for absent, as everywhere in the protocol.
std::optional<dom::element> present(std::optional<dom::element> element) {
  return element && !element->is_null() ? element : std::nullopt;
}

struct AttachmentParts {
  std::optional<dom::element> media_id, type, metadata;
};

AttachmentParts attachment_parts(dom::object object) {
  AttachmentParts parts;
  for (const auto member : object) {
    if (member.key == "media_id") parts.media_id = member.value;
    if (member.key == "type") parts.type = member.value;
    if (member.key == "metadata") parts.metadata = member.value;
  }
  return {present(parts.media_id), present(parts.type), present(parts.metadata)};
}

Result<Attachment> parse_attachment(dom::element element, std::size_t index) {
  const auto name = [index](std::string_view part) {
    return fmt::format("content.attachments[{}]{}", index, part);
  };
  dom::object object;
  if (element.get(object)) return bad(name(""), "must be an object");
  const AttachmentParts parts = attachment_parts(object);
  Attachment attachment;

  std::string_view media_id;
  if (!parts.media_id || parts.media_id->get(media_id) || media_id.empty() ||
      media_id.size() > limits::kMediaIdBytesMax || has_control_characters(media_id)) {
    return bad(name(".media_id"), "must be a string of 1 to 64 bytes");
  }
  attachment.media_id = media_id;

  if (parts.type) {
    std::string_view type;
    if (parts.type->get(type) || type.size() > limits::kContentTypeBytesMax ||
        has_control_characters(type)) {
      return bad(name(".type"), "must be a string of at most 32 bytes");
    }
    attachment.type = type;
  }

  if (parts.metadata) {
    if (!parts.metadata->is_object()) return bad(name(".metadata"), "must be an object");
    if (has_null_characters(*parts.metadata)) return bad(name(".metadata"), "holds U+0000");
    attachment.metadata = simdjson::minify(*parts.metadata);
    if (attachment.metadata.size() > limits::kAttachmentMetadataBytesMax) {
      return fail(ErrorCode::too_large, name(".metadata") + " is over 4096 bytes",
                  name(".metadata"));
    }
  }
  return attachment;
}

Result<std::vector<Attachment>> parse_attachments(dom::element element) {
  constexpr std::string_view kField = "content.attachments";
  dom::array items;
  if (element.get(items)) return bad(kField, "must be an array of objects");
  std::vector<Attachment> attachments;
  for (const dom::element item : items) {
    if (attachments.size() == limits::kAttachmentsMax) {
      return fail(ErrorCode::too_large,
                  fmt::format("{} holds more than {}", kField, limits::kAttachmentsMax),
                  std::string(kField));
    }
    auto attachment = parse_attachment(item, attachments.size());
    if (!attachment) return attachment.error();
    attachments.push_back(std::move(*attachment));
  }
  return attachments;
}

std::string canonical_json(std::string_view type, std::string_view text,
                           const std::vector<Attachment>& attachments) {
  std::string json;
  json.reserve(type.size() + text.size() + 32);
  JsonWriter writer(json);
  writer.begin_object().field("type", type).field("text", text);
  if (!attachments.empty()) {
    writer.key("attachments").begin_array();
    for (const Attachment& attachment : attachments) {
      writer.begin_object().field("media_id", attachment.media_id);
      if (!attachment.type.empty()) writer.field("type", attachment.type);
      if (!attachment.metadata.empty()) writer.key("metadata").raw(attachment.metadata);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  return json;
}

}  // namespace

Result<Content> parse_content(dom::element element) {
  dom::object object;
  if (element.get(object)) return bad("content", "must be an object");
  std::optional<dom::element> type_part, text_part, attachments_part;
  for (const auto member : object) {
    if (member.key == "type") type_part = member.value;
    if (member.key == "text") text_part = member.value;
    if (member.key == "attachments") attachments_part = member.value;
  }

  std::string_view type;
  if (!type_part || type_part->get(type) || !is_content_type(type)) {
    return bad("content.type", "must be 1 to 32 of a-z, 0-9, _ . - and not \"tombstone\"");
  }

  std::string_view text;
  text_part = present(text_part);
  if (text_part && text_part->get(text)) return bad("content.text", "must be a string");
  if (text.find('\0') != text.npos) return bad("content.text", "holds U+0000");

  Content content;
  if (attachments_part = present(attachments_part); attachments_part) {
    auto attachments = parse_attachments(*attachments_part);
    if (!attachments) return attachments.error();
    content.attachments = std::move(*attachments);
  }
  if (text.empty() && content.attachments.empty()) {
    return bad("content.text", "must not be empty where there are no attachments");
  }
  content.json = canonical_json(type, text, content.attachments);
  return content;
}

}  // namespace kith
