// GET / (the chat), /console, /docs, /kith.js, /assets/{file}: files in the program; /openapi.json
// and /asyncapi.json, made from its tables. Open to everybody.
// kith.js is for the pages of all origins: it holds no secret, and what it may ask of the server is
// gateway.allowed_origins' to say.
#include "gateway/pages.h"

#include <algorithm>

#include "gateway/openapi/documents.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace {

// RFC 9110 section 13.1.2: a list of tags, or *; a weak one is as good here.
bool has_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view tag = trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

HttpResponse known_or_whole(const RequestContext& context, std::string_view content_type,
                            std::string_view etag, std::string_view body) {
  HttpResponse response{.content_type = std::string(content_type), .page = true};
  response.fields.push_back({"ETag", std::string(etag)});
  const auto known = context.request.head.find("if-none-match");
  if (known && has_etag(*known, etag)) {
    response.status = 304;
  } else {
    response.body = body;
  }
  return response;
}

HttpResponse file_answer(const RequestContext& context, std::string_view name) {
  const PageFile* file = find_page_file(name);
  if (file == nullptr) return refused(context, problem(404, "there is nothing at this path"));
  return known_or_whole(context, file->content_type, file->etag, file->body);
}

HttpResponse document_answer(const RequestContext& context, const api::Document& document) {
  return known_or_whole(context, "application/json", document.etag, document.json);
}

}  // namespace

const PageFile* find_page_file(std::string_view name) {
  const auto files = page_files();
  const auto found = std::ranges::find(files, name, &PageFile::name);
  return found == files.end() ? nullptr : &*found;
}

rest::Answer rest::chat_page(RequestContext& context) {
  co_return file_answer(context, "index.html");
}

rest::Answer rest::console_page(RequestContext& context) {
  co_return file_answer(context, "console.html");
}

rest::Answer rest::docs_page(RequestContext& context) {
  co_return file_answer(context, "docs.html");
}

rest::Answer rest::openapi(RequestContext& context) {
  co_return document_answer(context, api::openapi_document());
}

rest::Answer rest::asyncapi(RequestContext& context) {
  co_return document_answer(context, api::asyncapi_document());
}

rest::Answer rest::client_module(RequestContext& context) {
  HttpResponse response = file_answer(context, "kith.js");
  response.fields.push_back({"Access-Control-Allow-Origin", "*"});
  co_return response;
}

rest::Answer rest::page_asset(RequestContext& context) {
  co_return file_answer(context, context.parameters[0]);
}

}  // namespace kith
