#pragma once

#include <span>
#include <string>

#include "core/io/audio/sound.h"

namespace segue::io {

// A note as a picture shows it.
struct DrawnNote {
  double from_s = 0;
  double to_s = 0;
  int pitch = 0;  // MIDI, 60 is the middle C
  int part = 0;   // chooses the colour
};

// PNGs of 1200 by 480 pixels, time from left to right.
//
// Pitches from the lowest to the highest that is played; each C is a line, each ten seconds
// another.
std::string piano_roll(std::span<const DrawnNote> notes, double seconds);
// Frequencies from 40 Hz to 16 kHz, an octave as high as another; 80 dB from dark to bright.
std::string spectrogram(const Sound& sound);

}  // namespace segue::io
