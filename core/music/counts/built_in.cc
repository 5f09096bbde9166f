// The counts' bytes stand in the program itself, so that nothing must be found when it runs.
#include "core/music/counts.h"

// NOLINTBEGIN
__asm__(
    ".section .rodata\n"
    ".global segue_music_counts\n"
    ".global segue_music_counts_end\n"
    ".balign 8\n"
    "segue_music_counts:\n"
    ".incbin \"" SEGUE_MUSIC_COUNTS
    "\"\n"
    "segue_music_counts_end:\n"
    ".byte 0\n"
    ".previous\n");
// NOLINTEND

extern "C" {
extern const char segue_music_counts[];
extern const char segue_music_counts_end[];
}

namespace segue::music {

std::string_view built_in_count_bytes() {
  return {segue_music_counts,
          static_cast<std::size_t>(segue_music_counts_end - segue_music_counts)};
}

}  // namespace segue::music
