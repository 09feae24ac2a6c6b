// The tables, by subject. Each adds its rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/conformance/http_case.h"

namespace kith::test {

void add_syntax_cases(std::vector<HttpCase>& cases);     // RFC 9112 2 to 5: lines, fields, versions
void add_length_cases(std::vector<HttpCase>& cases);     // RFC 9112 6: where a body ends
void add_target_cases(std::vector<HttpCase>& cases);     // RFC 9112 3.2: targets, Host
void add_semantics_cases(std::vector<HttpCase>& cases);  // RFC 9110: methods, types, sizes, origins
void add_deadline_cases(std::vector<HttpCase>& cases);   // what does not come in time

void add_connection_jobs(std::vector<Job>& jobs);
// Holds the tables themselves to something: they must find fault with a server that is wrong.
// Of fewer cases than `controlled_min` and the control would have lost its hold.
struct Control {
  std::string id;
  std::size_t controlled_min = 0;
};
void add_control_jobs(std::vector<Job>& jobs, const std::vector<HttpCase>& cases,
                      const Control& control);
void add_json_http_jobs(std::vector<Job>& jobs);

struct Mutations {
  std::uint64_t seed = 0;
  std::size_t count = 0;
};
// In portions, so that they run side by side with the rest.
void add_smuggling_jobs(std::vector<Job>& jobs, Mutations mutations);

Group http_group(Mutations mutations);

}  // namespace kith::test
