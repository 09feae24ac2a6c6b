// Request smuggling by chance: requests whose Content-Length and Transfer-Encoding lines are
// twisted in every way that two readers have ever read differently, each with one request hidden in
// its body and one behind it. From how it was made we know how a reader without leniency must take
// it:
//   poisoned, or without exactly one length: one refusal, then the end, and nothing behind it read
//   sound: the body is as long as it says, so what is hidden in it is never answered, and where the
//   length is right the request behind it is
#include <random>

#include "tests/conformance/http_cases.h"

namespace kith::test {
namespace {

constexpr std::size_t kPortion = 100;

enum class Nature { harmless, poison };

struct Piece {
  std::string_view bytes;
  Nature nature = Nature::harmless;
};

using enum Nature;

constexpr std::string_view kNull("\0", 1);

// Between a name and its value.
constexpr Piece kSeparators[] = {{": "},
                                 {": "},
                                 {": "},
                                 {":"},
                                 {":\t"},
                                 {":  "},
                                 {" :", poison},
                                 {"\t: ", poison},
                                 {":\x0B", poison},
                                 {":\x0C", poison},
                                 {":\r\n ", poison},
                                 {":\n ", poison},
                                 {kNull, poison},
                                 {": \x7F", poison},
                                 {": \xC2\xA0", poison},
                                 {"", poison}};
constexpr Piece kLineEnds[] = {{"\r\n"},
                               {"\r\n"},
                               {"\r\n"},
                               {"\r\n"},
                               {"\r\n"},
                               {" \r\n"},
                               {"\t\r\n"},
                               {"\n", poison},
                               {"\r", poison},
                               {"\r\r\n", poison},
                               {"\x0B\r\n", poison},
                               {"\r\n ", poison}};
constexpr Piece kLengthNames[] = {{"Content-Length"},
                                  {"content-length"},
                                  {"CONTENT-LENGTH"},
                                  {"Content-Length"},
                                  {"CoNtEnT-LeNgTh"}};
constexpr Piece kCodingNames[] = {
    {"Transfer-Encoding"}, {"transfer-encoding"}, {"TRANSFER-ENCODING"}, {"tRANSFER-eNCODING"}};
constexpr Piece kOtherNames[] = {
    {"Transfer_Encoding"}, {"Content_Length"},  {"X-Transfer-Encoding"}, {"TE"},
    {"Transfer-Encodin"},  {"Content-Lengths"}, {"Content-Length-X"},    {"X"},
};
constexpr Piece kBadNames[] = {{" Transfer-Encoding", poison},    {"\tTransfer-Encoding", poison},
                               {" Content-Length", poison},       {"Transfer Encoding", poison},
                               {"Transfer-Encoding\xFF", poison}, {"(Transfer-Encoding", poison},
                               {"\x01Transfer-Encoding", poison}, {"Content-Length\x0B", poison}};
constexpr std::string_view kCodings[] = {
    "chunked",         "Chunked",  "xchunked",    "chunked, identity", "identity", "gzip, chunked",
    "\"chunked\"",     "chunked;", "chunked;q=0", ",chunked",          "chunked,", "",
    "chunked chunked", "chunk",    "trailers",    "chunked\t",         "0",        "nothing"};
// What is done to a length: $ stands for its digits.
constexpr std::string_view kBadLengths[] = {"+$",
                                            "-$",
                                            "$,$",
                                            "$, $",
                                            "$ $",
                                            "0x$",
                                            "$.0",
                                            "$e0",
                                            "",
                                            "$;",
                                            "$_0",
                                            "'$'",
                                            "\"$\"",
                                            "$,",
                                            ",$",
                                            "$\x0B",
                                            "$ 0",
                                            "$#",
                                            "18446744073709551616$"};

class Twister {
 public:
  explicit Twister(std::uint64_t seed) : random_(seed) {}

  // The bytes of the request, its hidden one and the one behind; how they must be taken.
  HttpCase make(const std::string& id) {
    poisoned_ = false;
    lengths_ = 0;
    const std::string hidden =
        "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: smuggled\r\n\r\n";
    const std::string before =
        pick_string({"", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "{}", "0\n\n"});
    const std::string after = pick_string({"", "", "\r\n0\r\n\r\n", "0\r\n\r\n"});
    const std::string body = before + hidden + after;
    std::string fields;
    const int lines = 1 + chance(3);
    for (int i = 0; i < lines; ++i) fields += line(body.size());
    std::string bytes = "POST /auth/login HTTP/1.1\r\nHost: a\r\n" + fields +
                        std::string(kJsonType) + "\r\n" + body;
    return {.id = id,
            .section = "RFC 9112 11.2",
            .writes = {std::move(bytes)},
            .expect = expectation(before.size(), body.size()),
            .behind = Behind::marker};
  }

 private:
  int chance(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }
  template <typename T, std::size_t kSize>
  const T& pick(const T (&from)[kSize]) {
    return from[random_() % kSize];
  }
  std::string pick_string(std::initializer_list<const char*> from) {
    return *(from.begin() + chance(static_cast<int>(from.size())));
  }
  std::string take(const Piece& piece) {
    poisoned_ = poisoned_ || piece.nature == poison;
    return std::string(piece.bytes);
  }
  std::string length_value(std::size_t body_bytes);
  std::string line(std::size_t body_bytes);
  std::string expectation(std::size_t hidden_at, std::size_t body_bytes) const;

  std::mt19937_64 random_;
  bool poisoned_ = false;
  int lengths_ = 0;
  std::size_t length_ = 0;
};

std::string Twister::length_value(std::size_t body_bytes) {
  ++lengths_;
  if (chance(4) == 0) {
    poisoned_ = true;
    std::string value(pick(kBadLengths));
    const std::string digits = std::to_string(body_bytes);
    for (auto at = value.find('$'); at != std::string::npos; at = value.find('$')) {
      value.replace(at, 1, digits);
    }
    return value;
  }
  // Most are right; the others end somewhere else, which the hidden request must not profit from.
  const std::size_t missing = chance(4) == 0 ? static_cast<std::size_t>(chance(100)) : 0;
  length_ = body_bytes - std::min(body_bytes, missing);
  return (chance(8) == 0 ? "000" : "") + std::to_string(length_);
}

std::string Twister::line(std::size_t body_bytes) {
  std::string text;
  const int kind = chance(20);
  if (kind < 11) {
    text = take(pick(kLengthNames)) + take(pick(kSeparators)) + length_value(body_bytes);
  } else if (kind < 16) {
    poisoned_ = true;
    text = take(pick(kCodingNames)) + take(pick(kSeparators)) + std::string(pick(kCodings));
  } else if (kind < 19) {
    text = take(pick(kOtherNames)) + take(pick(kSeparators)) + std::string(pick(kCodings));
  } else {
    text = take(pick(kBadNames)) + take(pick(kSeparators)) + std::string(pick(kCodings));
  }
  return text + take(pick(kLineEnds));
}

std::string Twister::expectation(std::size_t hidden_at, std::size_t body_bytes) const {
  if (poisoned_ || lengths_ != 1) return "400 eof | 501 eof | 411 eof | 413 eof";
  const std::string exact = "400 marker eof | 422 marker eof";
  if (length_ == body_bytes) return exact;
  // What is left behind the length begins in the middle of something, which is refused; an end of
  // line there may be skipped; and where all of the hidden request is left, it is no longer hidden.
  const std::string beside = exact + " | 400 400 eof | 400 501 eof | 422 400 eof | 422 501 eof";
  if (length_ > hidden_at) return beside;
  return beside + " | 400 smuggled marker eof | 400 smuggled 400 eof | 422 smuggled marker eof" +
         " | 422 smuggled 400 eof | 400 smuggled 501 eof | 422 smuggled 501 eof";
}

// Each has its own, so that one can be looked at alone.
std::uint64_t seed_of(Mutations mutations, std::size_t index) {
  return mutations.seed * 1'000'003 + index;
}

std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (value < 0x20 || value >= 0x7F) {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      out.append("\\x").append(1, kHex[value >> 4]).append(1, kHex[value & 15]);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> run_portion(const HttpTarget& target, Mutations portion,
                                       std::size_t first) {
  for (std::size_t i = first; i < first + portion.count; ++i) {
    const HttpCase twisted = Twister(seed_of(portion, i)).make("twisted-" + std::to_string(i));
    const HttpTranscript seen = transcript_of(twisted, target);
    if (auto failure = judge(twisted.expect, seen.events)) {
      return twisted.id + " of seed " + std::to_string(portion.seed) + ": " + *failure +
             "; sent: " + shown(twisted.writes.front());
    }
  }
  return std::nullopt;
}

// Enough of both kinds, or the dice have become loaded.
std::optional<std::string> check_mix(Mutations mutations) {
  std::size_t sound = 0;
  for (std::size_t i = 0; i < mutations.count; ++i) {
    const HttpCase twisted = Twister(seed_of(mutations, i)).make("mix");
    if (twisted.expect.find("marker") != std::string::npos) ++sound;
  }
  if (sound * 50 > mutations.count && sound * 2 < mutations.count) return std::nullopt;
  return std::to_string(sound) + " of " + std::to_string(mutations.count) + " are sound";
}

}  // namespace

void add_smuggling_jobs(std::vector<Job>& jobs, Mutations mutations) {
  jobs.push_back({.id = "twisted-mix",
                  .section = "negative control",
                  .run = [mutations](const Sites&) { return check_mix(mutations); }});
  for (std::size_t first = 0; first < mutations.count; first += kPortion) {
    const Mutations portion{.seed = mutations.seed,
                            .count = std::min(kPortion, mutations.count - first)};
    jobs.push_back({.id = "twisted-" + std::to_string(first) + "-to-" +
                          std::to_string(first + portion.count - 1),
                    .section = "RFC 9112 11.2",
                    .run = [portion, first](const Sites& sites) {
                      return run_portion(target_of(*sites.usual), portion, first);
                    }});
  }
}

}  // namespace kith::test
