// kith_conformance_tests: our own reading of RFC 6455, RFC 9112, RFC 9110 and RELIABILITY section 3
// against the real kithd. Exit status 0 where every case is as it must be, else 1 with each that is
// not: its id, what was expected and what came.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <set>
#include <stdexcept>
#include <string_view>

#include "tests/conformance/http_cases.h"
#include "tests/conformance/runner.h"
#include "tests/conformance/websocket_cases.h"

namespace kith::test {
namespace {

constexpr unsigned kThreads = 48;  // most of them wait for a deadline
constexpr std::size_t kMutationsDefault = 2000;

constexpr const char* kUsage =
    "kith_conformance_tests [--group websocket|http] [--only TEXT] [--list] [--mutations N]\n"
    "                       [--seed N] [--threads N]\n"
    "  --only TEXT     the cases whose id has TEXT in it\n"
    "  --mutations N   twisted requests (2000; also KITH_CONFORMANCE_MUTATIONS)\n";

struct Options {
  std::string group;
  std::string only;
  bool list = false;
  Mutations mutations{.seed = 1, .count = kMutationsDefault};
  unsigned threads = kThreads;
};

Options read_options(int argc, char** argv) {
  Options options;
  if (const char* count = std::getenv("KITH_CONFORMANCE_MUTATIONS")) {
    options.mutations.count = std::stoul(count);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--list") {
      options.list = true;
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument(kUsage);
    const std::string value = argv[++i];
    if (name == "--group") {
      options.group = value;
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--mutations") {
      options.mutations.count = std::stoul(value);
    } else if (name == "--seed") {
      options.mutations.seed = std::stoull(value);
    } else if (name == "--threads") {
      options.threads = static_cast<unsigned>(std::stoul(value));
    } else {
      throw std::invalid_argument(kUsage);
    }
  }
  return options;
}

// A case that was lost, or that stands twice, would go unnoticed.
void check_table(const Group& group) {
  if (group.jobs.size() < group.cases_min) {
    throw std::logic_error(group.name + " has lost cases: " + std::to_string(group.jobs.size()));
  }
  std::set<std::string_view> ids;
  for (const Job& job : group.jobs) {
    if (!ids.insert(job.id).second) throw std::logic_error("there are two of " + job.id);
  }
}

int report(const Group& group, std::size_t run, const std::vector<Failure>& failures,
           Clock::duration took) {
  for (const Failure& failure : failures) {
    std::printf("FAILED %s.%s: %s\n", group.name.c_str(), failure.id.c_str(), failure.what.c_str());
  }
  const auto seconds = std::chrono::duration<double>(took).count();
  std::printf("%s: %zu cases, %zu failed, %.1f s\n", group.name.c_str(), run, failures.size(),
              seconds);
  return failures.empty() ? 0 : 1;
}

int run_group(Group group, const Options& options) {
  check_table(group);
  if (!options.only.empty()) {
    std::erase_if(group.jobs,
                  [&](const Job& job) { return job.id.find(options.only) == job.id.npos; });
  }
  if (options.list) {
    for (const Job& job : group.jobs) {
      std::printf("%s.%s\t%s\n", group.name.c_str(), job.id.c_str(), job.section.c_str());
    }
    return 0;
  }
  if (group.jobs.empty()) return 0;
  const auto begun = Clock::now();
  const Sites sites{.usual = usual_site(), .impatient = impatient_site()};
  auto failures = run_jobs(group.jobs, sites, options.threads);
  for (const auto* site : {&sites.usual, &sites.impatient}) {
    const auto left =
        check_afterwards(**site, site == &sites.usual ? "usual" : "impatient", group.log_lines_max);
    failures.insert(failures.end(), left.begin(), left.end());
  }
  return report(group, group.jobs.size(), failures, Clock::now() - begun);
}

int run_groups(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  if (!options.group.empty() && options.group != "websocket" && options.group != "http") {
    throw std::invalid_argument(kUsage);
  }
  int status = 0;
  if (options.group != "http") status |= run_group(websocket_group(), options);
  if (options.group != "websocket") status |= run_group(http_group(options.mutations), options);
  return status;
}

}  // namespace
}  // namespace kith::test

int main(int argc, char** argv) {
  try {
    return kith::test::run_groups(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 64;
  }
}
