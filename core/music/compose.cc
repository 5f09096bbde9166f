#include "core/music/compose.h"

#include <algorithm>
#include <optional>

#include "core/music/accompaniment.h"
#include "core/music/melody.h"
#include "core/music/plan.h"
#include "core/music/voicing.h"

namespace segue::music {
namespace {

constexpr std::uint8_t kDrumChannel = 9;

// Which instrument has which role. One may have several: a piano alone plays tune, chords and bass.
struct Band {
  InstrumentId melody;
  std::optional<InstrumentId> chords;
  std::optional<InstrumentId> bass;
  std::vector<InstrumentId> inner;
  bool drums = false;
};

// Takes the first that fits out of the list.
template <class Fits>
std::optional<InstrumentId> take(std::vector<InstrumentId>& from, const Fits& fits) {
  const auto found =
      std::find_if(from.begin(), from.end(), [&](InstrumentId id) { return fits(instrument(id)); });
  if (found == from.end()) return std::nullopt;
  const InstrumentId taken = *found;
  from.erase(found);
  return taken;
}

Band band_of(const Specification& piece) {
  Band band;
  std::vector<InstrumentId> left;
  for (const InstrumentId id : piece.instruments) {
    if (is_drums(id))
      band.drums = true;
    else
      left.push_back(id);
  }
  const auto only_bass = [](const Instrument& i) { return i.bass && !i.chords; };
  const auto any = [](const Instrument&) { return true; };
  const auto tune = take(left, [&](const Instrument& i) { return !only_bass(i); });
  band.melody = tune ? *tune : *take(left, any);
  band.bass = take(left, only_bass);
  // Held pads fill in behind chords that are struck.
  band.chords = take(left, [](const Instrument& i) { return i.chords && i.fades; });
  if (!band.chords) band.chords = take(left, [](const Instrument& i) { return i.chords; });
  if (!band.bass) band.bass = take(left, [](const Instrument& i) { return i.bass; });
  // No player is left: one that can plays two roles.
  if (!band.chords && instrument(band.melody).chords) band.chords = band.melody;
  if (!band.bass && band.chords && instrument(*band.chords).bass) band.bass = band.chords;
  band.inner = std::move(left);
  return band;
}

Compass compass_of(const Specification& piece, const Band& band) {
  const Colour colour = colour_of(piece.mood);
  Compass compass;
  const int shift = std::clamp<int>(colour.register_shift / 2, -3, 3);
  int low = 52 + shift;
  int high = piece.genre == Genre::chorale ? 79 : 74 + shift;
  const Instrument& player = instrument(band.chords ? *band.chords : band.melody);
  low = std::max<int>(low, player.lowest);
  high = std::max(std::min<int>(high, player.highest), low + 19);
  compass.low = static_cast<std::uint8_t>(low);
  compass.high = static_cast<std::uint8_t>(high);
  compass.bass_low = 36;
  compass.bass_high = 52;
  return compass;
}

// One pitch never overlaps itself, and nothing sounds beyond the end.
void tidy_up(std::vector<Note>& notes, std::int32_t ticks) {
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return a.onset != b.onset ? a.onset < b.onset : a.pitch < b.pitch;
  });
  std::array<std::ptrdiff_t, 128> last = {};
  last.fill(-1);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    Note& note = notes[i];
    note.duration = std::min(note.duration, ticks - note.onset);
    std::ptrdiff_t& before = last[note.pitch];
    if (before >= 0) {
      Note& other = notes[static_cast<std::size_t>(before)];
      other.duration = std::min(other.duration, note.onset - other.onset);
    }
    before = static_cast<std::ptrdiff_t>(i);
  }
  std::erase_if(notes, [](const Note& note) { return note.duration < 1; });
}

class Parts {
 public:
  explicit Parts(Score& score) : score_(score) {}

  void add(Role role, std::string_view called, const Instrument& player, std::vector<Note> notes) {
    Part part{.name = std::string(called) + ", " + std::string(player.name), .role = role};
    const auto count = static_cast<std::uint8_t>(score_.parts.size());
    part.program = player.program;
    part.channel = role == Role::drums ? kDrumChannel : channel_;
    if (role != Role::drums && ++channel_ == kDrumChannel) ++channel_;
    constexpr std::array<std::uint8_t, 8> kPans = {64, 44, 64, 84, 34, 94, 54, 74};
    part.pan =
        role == Role::melody || role == Role::bass || role == Role::drums ? 64 : kPans[count % 8];
    part.level = level_of(role);
    part.notes = std::move(notes);
    tidy_up(part.notes, score_.ticks);
    score_.parts.push_back(std::move(part));
  }

 private:
  static std::uint8_t level_of(Role role) {
    switch (role) {
      case Role::melody:
        return 110;
      case Role::bass:
        return 100;
      case Role::drums:
        return 92;
      default:
        return 84;
    }
  }

  Score& score_;
  std::uint8_t channel_ = 0;
};

}  // namespace

Score compose(const Specification& piece, const Counts& counts) {
  const Plan plan = plan_of(piece, counts);
  const Band band = band_of(piece);
  Score score{.key = piece.key,
              .metre = plan.metre,
              .microseconds_per_quarter = plan.microseconds_per_quarter,
              .ticks = plan.ticks,
              .sections = plan.sections,
              .chords = voiced(plan.chords, compass_of(piece, band)),
              .parts = {}};
  const Ground ground{piece, plan, score.chords};
  Parts parts(score);
  const Instrument& tune = instrument(band.melody);
  parts.add(Role::melody, "melody", tune,
            piece.genre == Genre::chorale ? soprano_of(ground, tune)
                                          : melody_of(piece, plan, counts, tune));
  if (band.chords) {
    const Instrument& player = instrument(*band.chords);
    parts.add(Role::chords, "chords", player, chords_of(ground, player));
  }
  if (band.bass) {
    const Instrument& player = instrument(*band.bass);
    parts.add(Role::bass, "bass", player, bass_of(ground, counts, player));
  }
  for (std::size_t i = 0; i < band.inner.size(); ++i) {
    const Instrument& player = instrument(band.inner[i]);
    parts.add(Role::inner, "inner", player, inner_of(ground, 2 - i % 2, player));
  }
  if (band.drums) parts.add(Role::drums, "drums", instrument(drums()), drums_of(ground, counts));
  return score;
}

}  // namespace segue::music
