#include "tests/conformance/http_answer.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string_view>

#include "protocol/version.h"
#include "tests/support/json.h"

namespace kith::test {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string fault_of_problem(const HttpAnswer& answer) {
  if (answer.field("content-type") != "application/problem+json") return "no-problem+json";
  Json problem;
  try {
    problem = Json::parse(answer.body);
  } catch (const std::runtime_error&) {
    return "problem-is-no-json";
  }
  if (problem["status"].number() != answer.status) return "problem-of-another-status";
  if (problem["code"].text().empty() || problem["title"].text().empty())
    return "problem-without-code";
  if (problem["correlation_id"].text() != answer.field("x-correlation-id")) {
    return "problem-of-another-request";
  }
  for (const std::string_view secret :
       {std::string_view("sqlite"), std::string_view("SQL"), std::string_view(".cc"),
        std::string_view("std::"), std::string_view("Beast"), kVersion}) {
    if (answer.body.find(secret) != std::string::npos) return "problem-tells-too-much";
  }
  return {};
}

}  // namespace

std::optional<HttpAnswer> take_answer(std::string& buffered, bool bodyless) {
  const auto end = buffered.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string_view head = std::string_view(buffered).substr(0, end + 2);
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 13) throw std::runtime_error("no HTTP");
  HttpAnswer answer;
  answer.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) throw std::runtime_error("a field without a colon");
    answer.fields.emplace(lower(line.substr(0, colon)), line.substr(colon + 2));
  }
  const std::string length = answer.field("content-length");
  const std::size_t bytes = bodyless || length.empty() ? 0 : std::stoul(length);
  if (buffered.size() - end - 4 < bytes) return std::nullopt;
  answer.body = buffered.substr(end + 4, bytes);
  buffered.erase(0, end + 4 + bytes);
  return answer;
}

std::string fault_of(const HttpAnswer& answer, bool bodyless) {
  if (answer.status == 100) return answer.fields.empty() ? "" : "fields-in-100";
  if (answer.fields.count("transfer-encoding") != 0) return "transfer-encoding";
  if (answer.status == 101) return {};
  if (answer.fields.count("content-length") != (has_no_body(answer.status) ? 0U : 1U)) {
    return "content-length";
  }
  if (!answer.field("date").ends_with(" GMT")) return "date";
  if (answer.field("server") != "kith") return "server-field-says-more-than-kith";
  if (answer.field("x-correlation-id").empty()) return "correlation-id";
  if (answer.status == 405 && answer.fields.count("allow") != 1) return "405-without-allow";
  if (answer.status == 401 && answer.field("www-authenticate").empty()) return "401-without-scheme";
  const std::string connection = answer.field("connection");
  if (connection != "close" && connection != "keep-alive") return "connection-" + connection;
  if (answer.status >= 500 && answer.status != 501 && answer.status != 503) return "server-error";
  return answer.status >= 400 && !bodyless ? fault_of_problem(answer) : std::string();
}

}  // namespace kith::test
