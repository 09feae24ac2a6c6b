// GET / (the chat), /console, /kith.js, /assets/{file}: files in the program, open to everybody.
// kith.js is for the pages of all origins: it holds no secret, and what it may ask of the server is
// gateway.allowed_origins' to say.
#include "gateway/pages.h"

#include <algorithm>

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

HttpResponse file_answer(const RequestContext& context, std::string_view name) {
  const PageFile* file = find_page_file(name);
  if (file == nullptr) return refused(context, problem(404, "there is nothing at this path"));
  HttpResponse response{.content_type = std::string(file->content_type), .page = true};
  response.fields.push_back({"ETag", std::string(file->etag)});
  const auto known = context.request.head.find("if-none-match");
  if (known && has_etag(*known, file->etag)) {
    response.status = 304;
  } else {
    response.body = file->body;
  }
  return response;
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

rest::Answer rest::client_module(RequestContext& context) {
  HttpResponse response = file_answer(context, "kith.js");
  response.fields.push_back({"Access-Control-Allow-Origin", "*"});
  co_return response;
}

rest::Answer rest::page_asset(RequestContext& context) {
  co_return file_answer(context, context.parameters[0]);
}

}  // namespace kith
