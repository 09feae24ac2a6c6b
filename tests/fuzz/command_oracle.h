// What must be true of every text that a client sends as a frame, whatever it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.h"

namespace kith::fuzz {

class CommandOracle {
 public:
  explicit CommandOracle(bool with_default_chat);

  // Parses the text and holds the outcome to a second reading of it by simdjson's DOM:
  //   closed exactly where it is no JSON object with a string `type`
  //   a repeated key or U+0000 anywhere is refused; what is refused has an answer that is JSON
  //   what is accepted keeps to the limits, comes back from its own canonical writing, and does not
  //   depend on white space or on the order of members
  // An HTTP body of the same text is accepted by the same rules. True: it is a frame.
  bool check(std::string_view text) const;

 private:
  std::optional<ParsedFrame> parse(std::string_view text) const;

  std::optional<ChatId> default_chat_;
};

// Every field that the command has, as a frame in one fixed order.
std::string write_command(const Command& command);

}  // namespace kith::fuzz
