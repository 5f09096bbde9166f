#include "loadtest/evaluate/report/text.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace segue {

void append(std::string& text, const char* format, ...) {
  std::array<char, 512> line{};
  va_list values;
  va_start(values, format);
  std::vsnprintf(line.data(), line.size(), format, values);
  va_end(values);
  text += line.data();
}

}  // namespace segue
