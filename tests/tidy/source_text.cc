#include "tests/tidy/source_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace kith::tidy {
namespace {

bool is_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

// The end of what begins at `at`, one behind its last character.
std::size_t end_of_line(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '\n') {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;  // goes on in the next line
    ++at;
  }
  return std::min(at, text.size());
}

std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote && text[at] != '\n'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

std::size_t end_of_raw(std::string_view text, std::size_t quote) {
  const std::size_t open = text.find('(', quote);
  if (open == std::string_view::npos) return text.size();
  std::string close = ")";
  close += text.substr(quote + 1, open - quote - 1);
  close += '"';
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

// The end of the comment, literal or directive that begins at `at`; `at` where none does.
std::size_t end_of_blank(std::string_view text, std::size_t at) {
  const char letter = text[at];
  const char before = at > 0 ? text[at - 1] : '\n';
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return end_of_line(text, at);
  if (rest.starts_with("/*")) {
    const std::size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (letter == '#' && before == '\n') return end_of_line(text, at);
  if (letter == '"') return before == 'R' ? end_of_raw(text, at) : end_of_quoted(text, at);
  // In a number it separates digits.
  if (letter == '\'' && !is_word(before)) return end_of_quoted(text, at);
  return at;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

bool leads_to_function(std::string_view lead) {
  if (lead.find('(') == std::string_view::npos) return false;
  static constexpr std::array kOthers = {"namespace", "class", "struct", "enum", "union"};
  // What has parameters and one of these in its type is rare: silence is better.
  return std::none_of(kOthers.begin(), kOthers.end(),
                      [&](const char* word) { return has_word(lead, word); });
}

}  // namespace

std::string code_only(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_blank(text, at);
    for (std::size_t blank = at; blank < end; ++blank) {
      if (out[blank] != '\n') out[blank] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return out;
}

std::vector<Function> functions_of(std::string_view text) {
  const std::string code = code_only(text);
  std::vector<Function> out;
  std::size_t line = 1;
  std::size_t depth = 0;       // of all braces
  std::size_t inside = 0;      // the depth within the outermost function; 0: in none
  std::size_t lead_begin = 0;  // behind the last ; or brace
  std::size_t lead_line = 0;   // of the first letter behind it; 0: none yet
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char letter = code[at];
    if (letter == '\n') ++line;
    if (lead_line == 0 && std::isspace(static_cast<unsigned char>(letter)) == 0) lead_line = line;
    if (letter == '{') {
      ++depth;
      const std::string_view lead = std::string_view(code).substr(lead_begin, at - lead_begin);
      if (inside == 0 && leads_to_function(lead)) {
        inside = depth;
        out.push_back({.first_line = lead_line, .last_line = 0});
      }
    } else if (letter == '}') {
      if (inside != 0 && depth == inside) {
        inside = 0;
        out.back().last_line = line;
      }
      if (depth > 0) --depth;
    }
    if (letter == '{' || letter == '}' || letter == ';') {
      lead_begin = at + 1;
      lead_line = 0;
    }
  }
  // An open one is a misreading of ours, which must not be held against anybody.
  std::erase_if(out, [](const Function& function) { return function.last_line == 0; });
  return out;
}

}  // namespace kith::tidy
