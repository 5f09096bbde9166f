#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace segue::io {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

// A picture in memory, rows from the top.
struct Picture {
  Picture(int width_of, int height_of, Colour background)
      : width(width_of),
        height(height_of),
        pixels(static_cast<std::size_t>(width_of) * static_cast<std::size_t>(height_of),
               background) {}

  Colour& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  // Parts that lie outside are left away.
  void fill(int left, int top, int right, int bottom, Colour colour);

  int width;
  int height;
  std::vector<Colour> pixels;
};

// A PNG of 8-bit colours; the same picture gives the same bytes. Throws std::runtime_error where
// libpng cannot.
std::string png(const Picture& picture);

}  // namespace segue::io
