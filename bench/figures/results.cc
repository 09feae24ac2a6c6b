#include "bench/figures/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

constexpr std::string_view kNone = "–";
constexpr std::string_view kMet = "met";
constexpr std::string_view kMissed = "**missed**";
constexpr std::string_view kNotMeasured = "**not measured**";
constexpr std::string_view kSectionMark = "<!-- figure ";

std::string number(double value) {
  return bench::short_number(value);
}

std::string target_text(const std::optional<Target>& target) {
  if (!target) return {};
  return fmt::format("{} {}{}", target->bound == Target::Bound::least ? "≥" : "≤",
                     number(target->value), target->of == Target::Of::ratio ? " ×" : "");
}

std::string_view verdict_text(const Measure& measure) {
  if (!measure.target) return "";
  const auto verdict = met(measure);
  if (!verdict) return kNotMeasured;
  return *verdict ? kMet : kMissed;
}

std::string table_head(std::string_view limit_name) {
  return fmt::format("| | kithd | {} | ratio | target | |\n|---|---|---|---|---|---|\n",
                     limit_name.empty() ? kNone : limit_name);
}

bool has_verdict(std::string_view row) {
  for (const std::string_view verdict : {kMet, kMissed, kNotMeasured}) {
    if (row.ends_with(fmt::format("| {} |", verdict))) return true;
  }
  return false;
}

// The text of a page's section, from its mark to the next; empty where it has none.
std::string_view section_of(std::string_view page, std::string_view name) {
  const std::string mark = fmt::format("{}{} -->", kSectionMark, name);
  const std::size_t begin = page.find(mark);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = page.substr(begin);
  const std::size_t next = std::min(rest.find(kSectionMark, 1), rest.find(kNotesMark));
  return rest.substr(0, next);
}

std::string title_of(std::string_view section) {
  const std::size_t begin = section.find("## ");
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = section.substr(begin + 3);
  return std::string(rest.substr(0, rest.find('\n')));
}

// Every row with a verdict, under the title of its section.
void append_summary(std::string& out, std::string_view section) {
  const std::string title = title_of(section);
  while (!section.empty()) {
    const std::size_t end = std::min(section.find('\n'), section.size() - 1);
    const std::string_view row = section.substr(0, end);
    section.remove_prefix(end + 1);
    if (!row.starts_with("| ") || !has_verdict(row)) continue;
    out += fmt::format("| {}: {}\n", title, row.substr(2));
  }
}

}  // namespace

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return Spread{.median = median, .min = values.front(), .max = values.back()};
}

std::string to_string(const std::optional<Spread>& spread) {
  if (!spread) return std::string(kNone);
  if (spread->min == spread->max) return number(spread->median);
  return fmt::format("{} ({}–{})", number(spread->median), number(spread->min),
                     number(spread->max));
}

std::optional<Spread> ratio_of(const Measure& measure) {
  const auto kith = spread_of(measure.kith);
  const auto limit = spread_of(measure.limit);
  if (!kith || !limit || limit->median == 0) return std::nullopt;
  std::vector<double> rounds = {kith->median / limit->median};
  for (std::size_t i = 0; i < std::min(measure.kith.size(), measure.limit.size()); ++i) {
    if (measure.limit[i] != 0) rounds.push_back(measure.kith[i] / measure.limit[i]);
  }
  Spread ratio = *spread_of(rounds);
  ratio.median = rounds.front();
  return ratio;
}

std::optional<bool> met(const Measure& measure) {
  if (!measure.target) return std::nullopt;
  const auto held =
      measure.target->of == Target::Of::ratio ? ratio_of(measure) : spread_of(measure.kith);
  if (!held) return std::nullopt;
  return measure.target->bound == Target::Bound::least ? held->median >= measure.target->value
                                                       : held->median <= measure.target->value;
}

std::string to_string(const Conditions& conditions) {
  return fmt::format(
      "{}; {}, {} interleaved {}{}, on {}. 4 KiB were synced in {:.2f} ms. Meanwhile other "
      "processes "
      "had {} % of the machine's cores. Of {} runs of kith-bench the client was the limit in {} "
      "(it "
      "had {} % of its cores or more, or a thread of it of one), and late with what it sent in {}.",
      conditions.build, conditions.when, conditions.rounds, conditions.rounds == 1 ? "run" : "runs",
      conditions.quick ? ", short" : "", conditions.machine, conditions.fsync_ms,
      to_string(conditions.neighbours_percent), conditions.client_runs, conditions.client_busy,
      bench::kClientBusyPercent, conditions.client_late);
}

std::string to_markdown(const Section& section) {
  std::string out = fmt::format("{}{} -->\n## {}\n\n{}\n\n", kSectionMark, section.name,
                                section.title, section.text);
  out += table_head(section.limit_name);
  for (const Measure& measure : section.measures) {
    const auto ratio = measure.limit.empty() ? std::string() : to_string(ratio_of(measure));
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", measure.what,
                       to_string(spread_of(measure.kith)),
                       measure.limit.empty() ? std::string() : to_string(spread_of(measure.limit)),
                       ratio, target_text(measure.target), verdict_text(measure));
  }
  out += fmt::format("\n{}\n", section.conditions);
  for (const std::string& problem : section.problems) {
    out += fmt::format("\n**Wrong:** {}\n", problem);
  }
  if (!section.commands.empty()) {
    out += "\n```\n";
    for (const std::string& command : section.commands) out += command + '\n';
    out += "```\n";
  }
  return out + '\n';
}

std::string to_markdown(const Page& page) {
  std::string summary;
  std::string body;
  for (const std::string& name : page.names) {
    const auto anew = std::find_if(page.sections.begin(), page.sections.end(),
                                   [&](const Section& section) { return section.name == name; });
    const std::string text = anew != page.sections.end()
                                 ? to_markdown(*anew)
                                 : std::string(section_of(page.before, name));
    append_summary(summary, text);
    body += text;
  }
  std::string out = page.head + "\n## Summary\n\n";
  out += table_head("limit");
  out += summary + '\n' + body;
  const std::size_t notes = page.before.find(kNotesMark);
  out += notes == std::string::npos ? fmt::format("{}\n", kNotesMark) : page.before.substr(notes);
  return out;
}

}  // namespace kith::figures
