#include "core/io/audio/soundfont.h"

#include <fluidsynth.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>

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

// A RIFF file says how long it is: one that was cut short is found without loading it.
bool is_whole(const std::string& path) {
  std::array<unsigned char, 8> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  std::uintmax_t size = 0;
  for (std::size_t i = 8; i-- > 4;) size = size << 8U | head[i];
  std::error_code problem;
  return file && fs::file_size(path, problem) >= size + head.size();
}

Soundfont checked(const std::string& path) {
  std::error_code problem;
  if (!fs::is_regular_file(path, problem)) {
    throw std::runtime_error("audio.soundfont: there is no file \"" + path + "\"");
  }
  if (fluid_is_soundfont(path.c_str()) == 0) {
    throw std::runtime_error("audio.soundfont: \"" + path +
                             "\" is no SoundFont (SF2 or SF3), or cannot be read");
  }
  if (!is_whole(path)) {
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
