#include "core/io/audio/soundfont.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "core/io/labels/digest.h"

namespace segue::io {
namespace {

namespace fs = std::filesystem;

struct Installed {
  std::string_view path;
  std::string_view licence;
};

constexpr std::array kInstalled = {
    Installed{"/usr/share/sounds/sf2/FluidR3_GM.sf2", "MIT"},
    Installed{"/usr/share/sounds/sf3/FluidR3Mono_GM.sf3", "MIT"},
};

// The first bytes of an SF2 or SF3: "RIFF", the size of what follows, "sfbk". Read here, since
// FluidSynth prints what it finds odd; the size tells a file that was cut short without loading it.
struct Head {
  bool is_soundfont = false;
  bool is_whole = false;
};

Head head_of(const std::string& path) {
  constexpr std::size_t kBeforeSize = 4;
  constexpr std::size_t kAfterSize = 8;
  std::array<char, 12> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::string_view text(head.data(), head.size());
  if (!file || !text.starts_with("RIFF") || !text.ends_with("sfbk")) return {};
  std::uintmax_t size = kAfterSize;
  for (std::size_t i = kBeforeSize; i < kAfterSize; ++i) {
    size += std::uintmax_t{static_cast<unsigned char>(head[i])} << (8 * (i - kBeforeSize));
  }
  std::error_code problem;
  return {true, fs::file_size(path, problem) >= size && !problem};
}

Soundfont checked(const std::string& path) {
  std::error_code problem;
  if (!fs::is_regular_file(path, problem)) {
    throw std::runtime_error("audio.soundfont: there is no file \"" + path + "\"");
  }
  const Head head = head_of(path);
  if (!head.is_soundfont) {
    throw std::runtime_error("audio.soundfont: \"" + path +
                             "\" is no SoundFont (SF2 or SF3), or cannot be read");
  }
  if (!head.is_whole) {
    throw std::runtime_error("audio.soundfont: \"" + path + "\" is broken: it was cut short");
  }
  const std::string name = fs::path(path).filename();
  std::string licence;
  for (const Installed& known : kInstalled) {
    if (fs::path(known.path).filename() == name) licence = known.licence;
  }
  return {path, name, licence, sha256_of_file(path)};
}

}  // namespace

Soundfont find_soundfont(const std::string& setting) {
  if (!setting.empty()) return checked(setting);
  std::error_code ignored;
  for (const Installed& known : kInstalled) {
    if (fs::exists(known.path, ignored)) return checked(std::string(known.path));
  }
  throw std::runtime_error(
      "There is no SoundFont: install Debian's fluidr3mono-gm-soundfont or set audio.soundfont");
}

}  // namespace segue::io
