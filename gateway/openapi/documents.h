// The documents that readers and programs get: of HTTP as OpenAPI 3.1, of the socket as AsyncAPI 3.
// Both are written from the tables that the server works by: routes.h with operations(), and
// kFrameTypes and EventType with socket_messages().
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gateway/openapi/operation.h"

namespace kith::api {

// A document and what tells it apart from that of another build: a strong ETag, with its quotes.
struct Document {
  std::string json;
  std::string etag;
};
// Made once, at the first call.
const Document& openapi_document();
const Document& asyncapi_document();

// --- shared by the two files of them ---

Document document_of(std::string json);
// The member `info`, with what the document says of itself.
void write_info(JsonWriter& json, std::string_view description);
// The member `schemas`: all components().
void write_schemas(JsonWriter& json);

// The statuses of errors that the operation may answer with, as the document has them.
std::set<int> refusals_of(const Route& route, const Operation& operation);

}  // namespace kith::api
