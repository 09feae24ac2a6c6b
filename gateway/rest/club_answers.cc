#include "gateway/rest/club_answers.h"

#include <sodium.h>

#include <array>

namespace kith {

std::optional<HttpResponse> without_clubs(const RequestContext& context) {
  if (context.services.clubs != nullptr && context.services.broadcasts != nullptr) {
    return std::nullopt;
  }
  return refused(context, problem(503, "this store keeps no clubs"));
}

Checked<std::optional<std::string>> cursor_of(const HttpRequest& request) {
  constexpr std::size_t kBytesMax = 256;
  const auto given = request.query_value("cursor");
  if (!given) return std::optional<std::string>();
  if (given->empty() || given->size() > kBytesMax) {
    return problem(400, "this is not one of our cursors");
  }
  return std::optional<std::string>(*given);
}

HttpResponse refused_list(const RequestContext& context, const Error& error) {
  if (error.code == ErrorCode::bad_request) return refused(context, problem(400, error.message));
  return refused(context, error);
}

void write_next_cursor(JsonWriter& json, const std::optional<std::string>& cursor) {
  json.key("next_cursor");
  if (cursor) {
    json.string(*cursor);
  } else {
    json.null();
  }
}

Checked<std::optional<Idempotency>> idempotency_of(const RequestContext& context,
                                                   std::string_view path) {
  auto key = idempotency_key(context.request);
  if (auto* refusal = std::get_if<Problem>(&key)) return std::move(*refusal);
  auto& text = std::get<std::optional<std::string>>(key);
  if (!text) return std::optional<Idempotency>();
  const std::string& body = context.request.body;
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size());
  return std::optional(Idempotency{.path = std::string(path),
                                   .key = *std::move(text),
                                   .request_digest = std::string(digest.begin(), digest.end())});
}

}  // namespace kith
