// Finds the functions of a C++ source by its braces alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kith::tidy {

struct Function {
  std::size_t first_line = 0;  // where what leads to its brace begins
  std::size_t last_line = 0;
};

// The same text, of the same length and lines, with blanks for comments, literals and directives.
std::string code_only(std::string_view text);

// Outermost functions: what stands in them (lambdas, local classes) is part of them. A brace opens
// a function where what leads to it, since the last ; or brace, holds a parameter list and is no
// class, namespace or initializer.
std::vector<Function> functions_of(std::string_view text);

}  // namespace kith::tidy
