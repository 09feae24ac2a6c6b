// Beast's parser, given one whole head that HeadScanner has let through.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "gateway/http_request_checks.h"

namespace kith {

namespace http = boost::beast::http;

Checked<HttpHead> parse_head(std::string_view bytes) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(bytes.size() + 1));
  parser.body_limit(boost::none);  // check_head knows the limit and answers 413
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) error = {};
  if (error || !parser.is_header_done()) {
    return fatal_problem(400, "the request is not well-formed");
  }
  const auto& message = parser.get();
  HttpHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  head.version = message.version();
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    head.fields.push_back({std::move(name), std::string(field.value())});
  }
  return head;
}

}  // namespace kith
