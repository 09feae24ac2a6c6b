// Lives in processes of their own: the engine's own assertions end a process, and that must be
// told with its seed like everything else.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "tests/simulation/report.h"

namespace kith::simulation {

namespace {

// Of one life, in real time; a hang ends by SIGALRM.
constexpr unsigned kSecondsMax = 120;

struct Child {
  pid_t pid = -1;
  int output = -1;
  std::uint64_t next = 0;  // the seed that it is living, or will
  std::string text;
};

void write_line(int to, const std::string& text) {
  const std::string line = text + "\n";
  std::size_t at = 0;
  while (at < line.size()) {
    const ssize_t wrote = write(to, line.data() + at, line.size() - at);
    if (wrote < 0 && errno != EINTR) _exit(3);
    if (wrote > 0) at += static_cast<std::size_t>(wrote);
  }
}

template <typename Work>
Child start(Work work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  Child child;
  child.pid = fork();
  if (child.pid < 0) throw std::runtime_error("no process");
  if (child.pid == 0) {
    close(ends[0]);
    // A test program's own handlers would tell of this death as if it were its own.
    for (const int fatal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM}) signal(fatal, SIG_DFL);
    work(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  child.output = ends[0];
  return child;
}

// Reads what there is; false at its end.
bool read_some(Child& child) {
  char bytes[65536];
  const ssize_t count = read(child.output, bytes, sizeof bytes);
  if (count < 0) return errno == EINTR;
  child.text.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

// How it ended; empty: well.
std::string end_of(Child& child) {
  close(child.output);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : "exit code " + std::to_string(code);
}

constexpr std::string_view kReportMark = "report ";  // lines of a trace begin with a time

std::string to_line(const TraceLine& line) {
  std::string out = std::to_string(line.time.count()) + '\t' + line.channel + '\t' + line.text;
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

// The last one of a process that died may have been cut anywhere.
TraceLine parse_trace_line(const std::string& line) {
  const auto channel = std::min(line.find('\t'), line.size());
  const auto text = std::min(line.find('\t', channel + 1), line.size());
  TraceLine out{.time = Time{std::strtoll(line.c_str(), nullptr, 10)}, .channel = {}, .text = {}};
  if (channel < text) out.channel = line.substr(channel + 1, text - channel - 1);
  if (text < line.size()) out.text = line.substr(text + 1);
  return out;
}

Report death(std::uint64_t seed, const std::string& how) {
  Report report{.seed = seed};
  report.found.push_back({"C15", "the process ended with " + how});
  return report;
}

class Run {
 public:
  explicit Run(const Seeds& seeds) : seeds_(seeds) {}

  Summary run() {
    for (std::uint32_t job = 0; job < seeds_.jobs; ++job) go_on(seeds_.from + job);
    while (!children_.empty()) look();
    std::sort(reports_.begin(), reports_.end(),
              [](const Report& one, const Report& other) { return one.seed < other.seed; });
    Summary summary{.totals = {}, .reports = reports_.size(), .failures = {}};
    for (Report& report : reports_) {
      summary.totals.add(report.totals);
      if (!report.ok()) summary.failures.push_back(std::move(report));
    }
    return summary;
  }

 private:
  void add(Report report) {
    if (!report.ok() && seeds_.failed) seeds_.failed(report);
    reports_.push_back(std::move(report));
  }
  void go_on(std::uint64_t first) {
    if (first >= seeds_.from + seeds_.count) return;
    children_.push_back(start([this, first](int output) {
      for (std::uint64_t seed = first; seed < seeds_.from + seeds_.count; seed += seeds_.jobs) {
        alarm(kSecondsMax);
        Plan plan = make_plan(seed, seeds_.minutes);
        plan.mutation = seeds_.mutation;
        write_line(output, to_line(report_of(live(plan))));
      }
    }));
    children_.back().next = first;
  }
  void look() {
    std::vector<pollfd> waiting;
    for (const Child& child : children_) waiting.push_back({child.output, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) return;
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents == 0) continue;
      const bool more = read_some(children_[i]);
      take_lines(children_[i]);
      if (more) continue;
      Child child = std::move(children_[i]);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
      const std::string how = end_of(child);
      if (how.empty() && child.next >= seeds_.from + seeds_.count) continue;
      add(death(child.next, how.empty() ? "no report" : how));
      go_on(child.next + seeds_.jobs);
    }
  }
  void take_lines(Child& child) {
    std::size_t end = 0;
    while ((end = child.text.find('\n')) != std::string::npos) {
      auto report = parse_report(child.text.substr(0, end));
      child.text.erase(0, end + 1);
      if (!report || report->seed != child.next) {
        report = Report{.seed = child.next};
        report->found.push_back({"report", "what the process wrote is none of this life"});
      }
      child.next += seeds_.jobs;
      add(std::move(*report));
    }
  }

  const Seeds& seeds_;
  std::vector<Child> children_;
  std::vector<Report> reports_;
};

}  // namespace

Report live_apart(const Plan& plan) {
  Child child = start([&plan](int output) {
    alarm(kSecondsMax);
    write_line(output, to_line(report_of(live(plan))));
  });
  while (read_some(child)) {
  }
  const std::string how = end_of(child);
  if (!how.empty()) return death(plan.seed, how);
  const auto report = parse_report(child.text.substr(0, child.text.find('\n')));
  return report ? *report : death(plan.seed, "no report");
}

Told live_and_tell(const Plan& plan) {
  Child child = start([&plan](int output) {
    alarm(kSecondsMax);
    const Outcome outcome =
        live(plan, [output](const TraceLine& line) { write_line(output, to_line(line)); });
    write_line(output, std::string(kReportMark) + to_line(report_of(outcome)));
  });
  while (read_some(child)) {
  }
  const std::string how = end_of(child);
  Told told{.report = death(plan.seed, how.empty() ? "no report" : how), .trace = {}};
  std::istringstream lines(child.text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kReportMark)) {
      told.trace.push_back(parse_trace_line(line));
    } else if (auto report = parse_report(line.substr(kReportMark.size())); report && how.empty()) {
      told.report = std::move(*report);
    }
  }
  return told;
}

Summary run_seeds(const Seeds& seeds) {
  return Run(seeds).run();
}

}  // namespace kith::simulation
