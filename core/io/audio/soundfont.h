#pragma once

#include <string>

namespace segue::io {

// A file of recorded instruments, as FluidSynth reads it.
struct Soundfont {
  std::string path;
  std::string name;     // the file's own, without folder: it is published with what it played
  std::string licence;  // SPDX; empty: not known
  std::string sha256;   // in hexadecimal
};

// The one that is set; if none is, FluidR3 where Debian's fluid-soundfont-gm is installed, else
// that of fluidr3mono-gm-soundfont. Reads the file once for its hash. Throws std::runtime_error, in
// one line, where there is none, it cannot be read or is no SoundFont.
Soundfont find_soundfont(const std::string& setting);

}  // namespace segue::io
