// Takes answers out of what a server has sent, and holds each to what any answer must be.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kith::test {

struct HttpAnswer {
  int status = 0;
  std::multimap<std::string, std::string> fields;  // by lower-case name
  std::string body;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

// Takes the next whole answer from `buffered`; nothing where it is not whole yet. `bodyless`: it
// answers a HEAD. Throws std::runtime_error where it is no HTTP.
std::optional<HttpAnswer> take_answer(std::string& buffered, bool bodyless);

// What is wrong with it by itself; empty where nothing is. RFC 9112 sections 4 to 6, RFC 9110
// sections 6.6.1 and 8.6; RFC 9457 for refusals, without a version, a path or a stack in them.
std::string fault_of(const HttpAnswer& answer, bool bodyless);

}  // namespace kith::test
