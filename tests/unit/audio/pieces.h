#pragma once

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "core/io/audio/loudness.h"
#include "core/io/audio/renderer.h"
#include "core/io/audio/soundfont.h"

// Small pieces for tests of audio: MIDI written by hand, a folder that goes away.
namespace segue::io {

inline void append_delta(std::string& track, std::uint32_t ticks) {
  if (ticks >= 128) track += static_cast<char>(0x80U | (ticks >> 7U & 0x7fU));
  track += static_cast<char>(ticks & 0x7fU);
}

inline void append_big_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
  }
}

// One track at 120 beats a minute, 480 ticks a beat: a chord of `program` and a drum in each beat.
inline std::string small_midi(int beats, int program = 0, unsigned seed = 1) {
  std::mt19937 draw(seed);
  std::string track;
  append_delta(track, 0);
  track += static_cast<char>(0xC0);
  track += static_cast<char>(program);
  const auto note = [&](std::uint32_t wait, int status, int pitch, int velocity) {
    append_delta(track, wait);
    track += static_cast<char>(status);
    track += static_cast<char>(pitch);
    track += static_cast<char>(velocity);
  };
  for (int beat = 0; beat < beats; ++beat) {
    const int root = 48 + static_cast<int>(draw() % 12);
    const int velocity = 60 + static_cast<int>(draw() % 50);
    for (const int step : {0, 4, 7}) note(0, 0x90, root + step, velocity);
    note(0, 0x99, beat % 2 == 0 ? 36 : 38, velocity);
    note(400, 0x80, root, 0);
    for (const int step : {4, 7}) note(0, 0x80, root + step, 0);
    note(0, 0x89, beat % 2 == 0 ? 36 : 38, 0);
    append_delta(track, 80);
    track += std::string("\xff\x01\x00", 3);  // a text without letters: only to let time pass
  }
  track += std::string("\x00\xff\x2f\x00", 4);
  std::string midi = "MThd";
  append_big_endian(midi, 6, 4);
  append_big_endian(midi, 0, 2);
  append_big_endian(midi, 1, 2);
  append_big_endian(midi, 480, 2);
  midi += "MTrk";
  append_big_endian(midi, static_cast<std::uint32_t>(track.size()), 4);
  return midi + track;
}

// One renderer for all tests: loading the SoundFont takes a third of a second.
inline Renderer& renderer() {
  static Renderer one(find_soundfont("").path);
  return one;
}

inline Sound small_sound(int beats, int program = 0) {
  return *renderer().render(small_midi(beats, program), beats / 2.0);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "segue-audio-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The one line that an operation throws; empty if it throws nothing.
template <class F>
std::string complaint(F&& operation) {
  try {
    operation();
  } catch (const std::exception& problem) {
    return problem.what();
  }
  return {};
}

}  // namespace segue::io
