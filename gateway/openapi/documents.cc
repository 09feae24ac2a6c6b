#include "gateway/openapi/documents.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "protocol/version.h"

namespace kith::api {

Document document_of(std::string json) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(json.data()),
                     json.size());
  constexpr std::size_t kTagBytes = 16;
  std::array<char, 2 * kTagBytes + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), kTagBytes);
  return {.json = std::move(json), .etag = '"' + std::string(hex.data()) + '"'};
}

void write_info(JsonWriter& json, std::string_view description) {
  json.key("info").begin_object().field("title", "kith").field("version", kVersion);
  json.field("description", description).end_object();
}

void write_schemas(JsonWriter& json) {
  json.key("schemas").begin_object();
  for (const Component& component : components()) {
    json.key(component.name);
    json_schema(json, component.schema, Side::answer);
  }
  json.end_object();
}

std::set<int> refusals_of(const Route& route, const Operation& operation) {
  std::set<int> all = {400, 429, 431, 500, 503};
  all.insert(operation.refusals.begin(), operation.refusals.end());
  if (route.access != RouteAccess::open) all.insert(401);
  if (route.scope) all.insert(403);
  if (!path_parameters(route.pattern).empty()) all.insert(404);
  if (operation.body) all.insert({411, 413, 415, 422});
  if ((operation.with & kIdempotencyKey) != 0) all.insert(409);
  if ((operation.with & kIfMatch) != 0) all.insert(412);
  return all;
}

}  // namespace kith::api
