#include "tests/conformance/http_cases.h"

namespace kith::test {

Group http_group(Mutations mutations) {
  std::vector<HttpCase> cases;
  add_syntax_cases(cases);
  add_length_cases(cases);
  add_target_cases(cases);
  add_semantics_cases(cases);
  add_deadline_cases(cases);
  Group group{.name = "http", .cases_min = 940, .log_lines_max = 20, .jobs = {}};
  add_control_jobs(group.jobs, cases, {.id = "control", .controlled_min = 250});
  for (HttpCase& http_case : cases) group.jobs.push_back(job_of(std::move(http_case)));
  add_connection_jobs(group.jobs);
  add_json_http_jobs(group.jobs);
  add_smuggling_jobs(group.jobs, mutations);
  return group;
}

}  // namespace kith::test
