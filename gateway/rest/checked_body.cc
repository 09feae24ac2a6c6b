// A body, held to what the route's operation says of it. In a file of its own: who reads bodies
// alone (tests/fuzz) needs no operations.
#include "gateway/http_router.h"
#include "gateway/openapi/body_check.h"
#include "gateway/openapi/operation.h"
#include "gateway/rest/json_body.h"

namespace kith {

Checked<JsonBody> JsonBody::parse(const RequestContext& context) {
  auto parsed = parse_unchecked(context.request.body);
  auto* body = std::get_if<JsonBody>(&parsed);
  const api::Operation* operation =
      context.route == nullptr ? nullptr
                               : api::find_operation(context.route->method, context.route->pattern);
  if (body != nullptr && operation != nullptr && operation->body) {
    api::check_body(
        *operation->body, body->object_,
        [body](std::string_view field, std::string_view message) { body->note(field, message); });
  }
  return parsed;
}

}  // namespace kith
