#include "core/music/midi.h"

#include <algorithm>

namespace segue::music {
namespace {

// One message with its time; messages of one moment stand in the order of `rank`.
struct Message {
  std::int32_t at = 0;
  int rank = 0;  // ends of notes before beginnings
  std::string bytes;
};

void append_big(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xFF);
}

// MIDI's variable-length number: seven bits a byte, the highest first.
void append_delta(std::string& out, std::int32_t ticks) {
  const auto value = static_cast<std::uint32_t>(ticks);
  for (int shift = 21; shift > 0; shift -= 7) {
    if (value >> shift != 0) out += static_cast<char>((value >> shift & 0x7F) | 0x80);
  }
  out += static_cast<char>(value & 0x7F);
}

std::string meta(std::uint8_t kind, std::string_view payload) {
  std::string bytes = "\xFF";
  bytes += static_cast<char>(kind);
  append_delta(bytes, static_cast<std::int32_t>(payload.size()));
  return bytes.append(payload);
}

std::string channel_message(int status, int channel, int first, int second = -1) {
  std::string bytes(1, static_cast<char>(status | channel));
  bytes += static_cast<char>(first);
  if (second >= 0) bytes += static_cast<char>(second);
  return bytes;
}

void append_track(std::string& out, const std::vector<Message>& messages, std::int32_t end) {
  std::string track;
  std::int32_t at = 0;
  for (const Message& message : messages) {
    append_delta(track, message.at - at);
    track += message.bytes;
    at = message.at;
  }
  append_delta(track, end - at);
  track += meta(0x2F, "");
  out += "MTrk";
  append_big(out, static_cast<std::uint32_t>(track.size()), 4);
  out += track;
}

// Sharps, or flats below zero, of a key's signature.
int signature_of(Key key) {
  constexpr std::array<int, kModes> kUpToMajor = {0, 3, 10, 5};  // to the major scale of its notes
  const int major = (key.tonic + kUpToMajor[static_cast<std::size_t>(key.mode)]) % 12;
  const int sharps = major * 7 % 12;
  return sharps > 6 ? sharps - 12 : sharps;
}

std::vector<Message> conductor(const Score& score) {
  std::string tempo;
  append_big(tempo, static_cast<std::uint32_t>(score.microseconds_per_quarter), 3);
  const std::string metre = {static_cast<char>(score.metre.beats), 2, 24, 8};
  const bool minor = score.key.mode == Mode::minor || score.key.mode == Mode::dorian;
  const std::string key = {static_cast<char>(signature_of(score.key)), static_cast<char>(minor)};
  return {{0, 0, meta(0x51, tempo)},
          {0, 0, meta(0x58, metre)},
          {0, 0, meta(0x59, key)},
          // MIDI's signatures know no dorian: the key's whole name stands in a text.
          {0, 0, meta(0x01, "key: " + name_of(score.key))}};
}

std::vector<Message> messages_of(const Part& part) {
  const int channel = part.channel;
  std::vector<Message> messages = {
      {0, 0, meta(0x03, part.name)},
      {0, 0, channel_message(0xC0, channel, part.program)},
      {0, 0, channel_message(0xB0, channel, 7, part.level)},
      {0, 0, channel_message(0xB0, channel, 10, part.pan)},
  };
  for (const Note& note : part.notes) {
    messages.push_back({note.onset, 2, channel_message(0x90, channel, note.pitch, note.velocity)});
    messages.push_back(
        {note.onset + note.duration, 1, channel_message(0x80, channel, note.pitch, 64)});
  }
  std::stable_sort(messages.begin(), messages.end(), [](const Message& a, const Message& b) {
    return a.at != b.at ? a.at < b.at : a.rank < b.rank;
  });
  return messages;
}

}  // namespace

std::string midi(const Score& score) {
  std::string out = "MThd";
  append_big(out, 6, 4);
  append_big(out, 1, 2);
  append_big(out, static_cast<std::uint32_t>(score.parts.size() + 1), 2);
  append_big(out, kTicksPerQuarter, 2);
  append_track(out, conductor(score), score.ticks);
  for (const Part& part : score.parts) append_track(out, messages_of(part), score.ticks);
  return out;
}

}  // namespace segue::music
