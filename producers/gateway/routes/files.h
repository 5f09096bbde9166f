#pragma once

#include <span>
#include <string_view>

namespace segue::gateway {

// A file of the page or of the SDK, as it was when the program was built.
struct File {
  std::string_view path;  // "/page/player.js"
  std::string_view bytes;
};
std::span<const File> files();

}  // namespace segue::gateway
