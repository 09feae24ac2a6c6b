// What RESULTS.md says: tables of medians with the spread of the runs, the ratio to the limit, the
// target, met or missed. Pure: no process, no file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::figures {

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};
// None of nothing. The median of an even number is the mean of the middle two.
std::optional<Spread> spread_of(std::vector<double> values);
std::string to_string(const std::optional<Spread>& spread);  // "12.3 (11–14)"; "–": none

struct Target {
  enum class Of { ratio, kith };  // what is held against the bound: the median of it
  enum class Bound { least, most };
  Of of = Of::ratio;
  Bound bound = Bound::least;
  double value = 0;
};

// One line of a table. Runs of both sides stand in the order in which they ran, interleaved, so
// that the ratio can be taken within each round.
struct Measure {
  std::string what;  // with its unit
  std::vector<double> kith;
  std::vector<double> limit{};     // empty: there is none
  std::optional<Target> target{};  // none: stated, no more
};

// Of the medians, with the least and the greatest ratio of a round. None where either is missing.
std::optional<Spread> ratio_of(const Measure& measure);
// None: no target, or nothing measured.
std::optional<bool> met(const Measure& measure);

// When and where a chapter was measured, and who was in the way.
struct Conditions {
  std::string build{};    // of kithd, and of what it stands on
  std::string machine{};  // the chapters of a page may be of several
  std::string when{};
  int rounds = 1;  // of each side
  bool quick = false;
  double fsync_ms = 0;
  std::optional<Spread> neighbours_percent{};
  // Of kith-bench, and of those in how many it was the limit, or late.
  int client_runs = 0;
  int client_busy = 0;
  int client_late = 0;
};
std::string to_string(const Conditions& conditions);  // one line

// A chapter, kept under its name when others are measured anew.
struct Section {
  std::string name;  // as --only has it
  std::string title;
  std::string text;        // what is measured, and how
  std::string limit_name;  // heads the column
  std::vector<std::string> commands{};
  std::vector<Measure> measures{};
  std::vector<std::string> problems{};  // what must not be: messages lost, a run that broke off
  std::optional<int> rounds{};          // where they are not as many as were asked for
  std::string conditions{};             // of Conditions
};
std::string to_markdown(const Section& section);

// The whole page: the head, a summary of every line with a target, then the sections in the order
// of `names`; those that are not among `sections` are taken over from the page before, as are the
// notes: all that follows its line kNotesMark.
inline constexpr std::string_view kNotesMark = "<!-- notes -->";
struct Page {
  std::string head;
  std::vector<std::string> names;
  std::vector<Section> sections;
  std::string before;  // the page as it was; empty: none
};
std::string to_markdown(const Page& page);

}  // namespace kith::figures
