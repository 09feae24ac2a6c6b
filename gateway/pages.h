// The files of gateway/pages, as the build has put them into the program (embed_pages.cmake): it
// needs none beside itself.
#pragma once

#include <span>
#include <string_view>

namespace kith {

struct PageFile {
  std::string_view name;  // "app.js"
  std::string_view content_type;
  std::string_view etag;  // strong, with its quotes: of the bytes
  std::string_view body;
};

std::span<const PageFile> page_files();

// Null where there is none of that name.
const PageFile* find_page_file(std::string_view name);

}  // namespace kith
