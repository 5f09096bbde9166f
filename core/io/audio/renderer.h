#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/io/audio/sound.h"
#include "core/result.h"

namespace segue::io {

// FluidSynth's: another version may give other samples.
std::string synthesiser_version();

// Plays MIDI with a SoundFont, faster than it sounds. The SoundFont is read once, samples when a
// piece needs them. The same MIDI and SoundFont give the same samples, byte for byte, whatever was
// played before. One thread at a time.
class Renderer {
 public:
  // Reports the share that is done, 0 to 1, some forty times a second of work. It may throw to give
  // the piece up; the renderer stays usable.
  using OnShare = std::function<void(double share)>;

  // Throws std::runtime_error, in one line, for a SoundFont that cannot be loaded.
  explicit Renderer(const std::string& soundfont);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  // Exactly `seconds` of sound, to the frame; what still rings at the end is faded out. An error
  // (malformed) for MIDI that FluidSynth cannot read. Throws std::runtime_error where the SoundFont
  // turns out to be broken. Requires: 0 < seconds <= kSecondsMax.
  Result<Sound> render(std::string_view midi, double seconds, const OnShare& on_share = {});

  static constexpr double kSecondsMax = 3'600;

 private:
  struct Synth;
  std::unique_ptr<Synth> synth_;
};

}  // namespace segue::io
