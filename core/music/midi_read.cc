#include <algorithm>
#include <optional>

#include "core/music/midi.h"

namespace segue::music {
namespace {

constexpr std::size_t kTracksMax = 17;
constexpr std::size_t kBytesMax = 4 << 20;
constexpr std::int32_t kTicksMax = 1 << 26;

class Bytes {
 public:
  explicit Bytes(std::string_view in) : in_(in) {}

  std::uint8_t byte() {
    if (in_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(in_[0]);
    in_.remove_prefix(1);
    return value;
  }
  std::uint32_t big(int bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  std::uint32_t delta() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint8_t next = byte();
      value = value << 7 | (next & 0x7FU);
      if (next < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view text(std::size_t size) {
    if (size > in_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  void fail() { ok_ = false; }

 private:
  std::string_view in_;
  bool ok_ = true;
};

// Reads one track; whatever is not ours makes `in` fail.
class TrackReader {
 public:
  TrackReader(Bytes& in, Score& score, Part* part) : in_(in), score_(score), part_(part) {}

  void read() {
    while (in_.ok() && !ended_) {
      at_ += static_cast<std::int32_t>(in_.delta());
      if (at_ > kTicksMax) in_.fail();
      const std::uint8_t status = in_.byte();
      if (status == 0xFF)
        meta();
      else
        message(status);
    }
    const bool sounds_on =
        std::any_of(open_.begin(), open_.end(), [](const auto& note) { return note.has_value(); });
    if (sounds_on || !in_.at_end()) in_.fail();
    if (part_ != nullptr && score_.ticks != at_) in_.fail();
    score_.ticks = at_;
  }

 private:
  void meta() {
    const std::uint8_t kind = in_.byte();
    const std::string_view text = in_.text(in_.delta());
    if (kind == 0x2F && text.empty()) {
      ended_ = true;
    } else if (part_ != nullptr) {
      if (kind != 0x03) in_.fail();
      part_->name = text;
    } else {
      conduct(kind, text);
    }
  }

  void conduct(std::uint8_t kind, std::string_view text) {
    Bytes payload(text);
    if (kind == 0x51 && text.size() == 3) {
      score_.microseconds_per_quarter = static_cast<std::int32_t>(payload.big(3));
    } else if (kind == 0x58 && text.size() == 4) {
      score_.metre.beats = payload.byte();
    } else if (kind == 0x01 && text.starts_with("key: ")) {
      const auto key = key_named(text.substr(5));
      if (!key) return in_.fail();
      score_.key = *key;
    } else if (kind != 0x59 || text.size() != 2) {
      in_.fail();
    }
  }

  void message(std::uint8_t status) {
    if (part_ == nullptr) return in_.fail();
    const int kind = status & 0xF0;
    const std::uint8_t first = in_.byte();
    const std::uint8_t second = kind == 0xC0 ? std::uint8_t{0} : in_.byte();
    if (first > 127 || second > 127) return in_.fail();
    part_->channel = status & 0x0F;
    if (kind == 0xC0)
      part_->program = first;
    else if (kind == 0xB0 && first == 7)
      part_->level = second;
    else if (kind == 0xB0 && first == 10)
      part_->pan = second;
    else if (kind == 0x90 && second > 0 && !open_[first])
      open_[first] = Note{at_, 0, first, second};
    else if (kind == 0x80 && open_[first] && open_[first]->onset < at_)
      close(first);
    else
      in_.fail();
  }

  void close(std::uint8_t pitch) {
    Note note = *open_[pitch];
    note.duration = at_ - note.onset;
    part_->notes.push_back(note);
    open_[pitch].reset();
  }

  Bytes& in_;
  Score& score_;
  Part* part_;
  std::int32_t at_ = 0;
  bool ended_ = false;
  std::array<std::optional<Note>, 128> open_ = {};
};

}  // namespace

Result<Score> read_midi(std::string_view bytes) {
  const auto bad = [](const char* why) { return error(Reason::malformed, why); };
  if (bytes.size() > kBytesMax) return error(Reason::too_large, "expected at most 4 MiB of MIDI");
  Bytes in(bytes);
  if (in.text(4) != "MThd" || in.big(4) != 6 || in.big(2) != 1)
    return bad("not a Standard MIDI File of format 1");
  const std::size_t tracks = in.big(2);
  if (tracks < 1 || tracks > kTracksMax || in.big(2) != kTicksPerQuarter)
    return bad("expected 1 to 17 tracks with 480 ticks to the quarter");
  Score score;
  for (std::size_t track = 0; track < tracks; ++track) {
    if (in.text(4) != "MTrk") return bad("expected a track");
    Bytes inside(in.text(in.big(4)));
    if (!in.ok()) return bad("a track is cut off");
    Part* part = track == 0 ? nullptr : &score.parts.emplace_back();
    TrackReader(inside, score, part).read();
    if (!inside.ok()) return bad("a track holds what Segue does not write");
    if (part == nullptr) continue;
    std::sort(part->notes.begin(), part->notes.end(), [](const Note& a, const Note& b) {
      return a.onset != b.onset ? a.onset < b.onset : a.pitch < b.pitch;
    });
  }
  if (!in.ok() || !in.at_end()) return bad("bytes follow the last track");
  return score;
}

}  // namespace segue::music
