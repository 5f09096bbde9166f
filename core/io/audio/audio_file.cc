#include "core/io/audio/audio_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace segue::io {
namespace {

constexpr sf_count_t kFramesMax = sf_count_t{Sound::kRate} * 3'600;

// A file in memory, as libsndfile reads and writes one.
struct MemoryFile {
  std::string written;    // when writing
  std::string_view read;  // when reading
  std::size_t at = 0;
  bool writing = false;

  std::size_t size() const { return writing ? written.size() : read.size(); }
};

MemoryFile& file_of(void* data) { return *static_cast<MemoryFile*>(data); }

sf_count_t length(void* data) { return static_cast<sf_count_t>(file_of(data).size()); }

sf_count_t seek(sf_count_t offset, int whence, void* data) {
  MemoryFile& file = file_of(data);
  sf_count_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<sf_count_t>(file.at);
  if (whence == SEEK_END) base = length(data);
  if (base + offset < 0) return -1;
  file.at = static_cast<std::size_t>(base + offset);
  return base + offset;
}

sf_count_t read(void* to, sf_count_t count, void* data) {
  MemoryFile& file = file_of(data);
  if (file.at >= file.size()) return 0;
  const std::size_t some = std::min(static_cast<std::size_t>(count), file.size() - file.at);
  const char* const from = (file.writing ? file.written.data() : file.read.data()) + file.at;
  std::memcpy(to, from, some);
  file.at += some;
  return static_cast<sf_count_t>(some);
}

sf_count_t write(const void* from, sf_count_t count, void* data) {
  MemoryFile& file = file_of(data);
  const auto some = static_cast<std::size_t>(count);
  if (file.written.size() < file.at + some) file.written.resize(file.at + some);
  std::memcpy(file.written.data() + file.at, from, some);
  file.at += some;
  return count;
}

sf_count_t tell(void* data) { return static_cast<sf_count_t>(file_of(data).at); }

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, Close>;

SoundFile opened(MemoryFile& file, int mode, SF_INFO& info) {
  SF_VIRTUAL_IO callbacks = {length, seek, read, write, tell};
  return SoundFile(sf_open_virtual(&callbacks, mode, &info, &file));
}

void set(SNDFILE* file, int what, double value) {
  if (sf_command(file, what, &value, sizeof value) != SF_TRUE) {
    throw std::runtime_error("libsndfile does not take the setting of a coder");
  }
}

// 320 kbit/s at 0, 32 at 1.
constexpr double kMp3Level = (320.0 - 192.0) / (320.0 - 32.0);
constexpr double kFlacLevel = 0.5;

void choose_quality(SNDFILE* file, AudioFormat format) {
  set(file, SFC_SET_COMPRESSION_LEVEL, format == AudioFormat::mp3 ? kMp3Level : kFlacLevel);
  if (format != AudioFormat::mp3) return;
  // Only after the level: libsndfile 1.2 refuses it before.
  int constant = SF_BITRATE_MODE_CONSTANT;
  if (sf_command(file, SFC_SET_BITRATE_MODE, &constant, sizeof constant) != SF_TRUE) {
    throw std::runtime_error("libsndfile does not take a constant bit rate");
  }
}

std::int16_t as_16_bits(float sample) {
  return static_cast<std::int16_t>(std::lrint(std::clamp(sample, -1.0F, 1.0F) * 32'767.0F));
}

}  // namespace

std::string_view name_of(AudioFormat format) {
  return format == AudioFormat::flac ? "flac" : "mp3";
}

std::string_view media_type(AudioFormat format) {
  return format == AudioFormat::flac ? "audio/flac" : "audio/mpeg";
}

std::optional<AudioFormat> format_of(std::string_view bytes) {
  if (bytes.starts_with("fLaC")) return AudioFormat::flac;
  const bool frame = bytes.size() > 1 && bytes[0] == '\xff' && (bytes[1] & '\xe0') == '\xe0';
  if (bytes.starts_with("ID3") || frame) return AudioFormat::mp3;
  return std::nullopt;
}

std::string pcm16(const Sound& sound) {
  std::string bytes;
  bytes.reserve(2 * sound.samples.size());
  for (const float sample : sound.samples) {
    const auto value = static_cast<std::uint16_t>(as_16_bits(sample));
    bytes += static_cast<char>(value & 0xffU);
    bytes += static_cast<char>(value >> 8U);
  }
  return bytes;
}

std::string encoded(const Sound& sound, AudioFormat format) {
  MemoryFile file;
  file.writing = true;
  SF_INFO info = {};
  info.samplerate = Sound::kRate;
  info.channels = Sound::kChannels;
  info.format = format == AudioFormat::flac ? SF_FORMAT_FLAC | SF_FORMAT_PCM_16
                                            : SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  SoundFile out = opened(file, SFM_WRITE, info);
  if (!out) throw std::runtime_error(std::string("libsndfile: ") + sf_strerror(nullptr));
  choose_quality(out.get(), format);
  const auto frames = static_cast<sf_count_t>(sound.frames());
  sf_count_t done = 0;
  if (format == AudioFormat::flac) {
    // Rounded as `pcm16` does, so that a FLAC holds exactly what was hashed.
    std::vector<std::int16_t> samples(sound.samples.size());
    std::transform(sound.samples.begin(), sound.samples.end(), samples.begin(), as_16_bits);
    done = sf_writef_short(out.get(), samples.data(), frames);
  } else {
    done = sf_writef_float(out.get(), sound.samples.data(), frames);
  }
  if (done != frames)
    throw std::runtime_error(std::string("libsndfile: ") + sf_strerror(out.get()));
  out.reset();
  return std::move(file.written);
}

Result<Sound> decoded(std::string_view bytes) {
  MemoryFile file;
  file.read = bytes;
  SF_INFO info = {};
  const SoundFile in = opened(file, SFM_READ, info);
  if (!in) return error(Reason::malformed, "audio: no sound that libsndfile reads");
  if (info.samplerate != Sound::kRate || info.channels != Sound::kChannels) {
    return error(Reason::malformed, "audio: expected two channels of 44.1 kHz");
  }
  if (info.frames < 0 || info.frames > kFramesMax) {
    return error(Reason::too_large, "audio: expected at most an hour");
  }
  Sound sound;
  sound.samples.resize(static_cast<std::size_t>(info.frames) * Sound::kChannels);
  const sf_count_t got = sf_readf_float(in.get(), sound.samples.data(), info.frames);
  if (got != info.frames) return error(Reason::malformed, "audio: it ends early");
  return sound;
}

}  // namespace segue::io
