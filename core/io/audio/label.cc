#include "core/io/audio/label.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "core/check.h"
#include "core/io/labels/digest.h"

namespace segue::io {
namespace {

constexpr std::size_t kHashDigits = 64;

// Where the coded frames begin: after ID3v2, or after the last metadata block. Nothing where the
// file's structure is broken.
std::optional<std::size_t> mp3_audio_start(std::string_view bytes) {
  constexpr std::size_t kHeader = 10;
  if (!bytes.starts_with("ID3")) return 0;
  if (bytes.size() < kHeader) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 6; i < kHeader; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte > 0x7f) return std::nullopt;
    size = size << 7U | byte;
  }
  return kHeader + size <= bytes.size() ? std::optional(kHeader + size) : std::nullopt;
}

std::optional<std::size_t> flac_audio_start(std::string_view bytes) {
  std::size_t at = 4;
  for (bool last = false; !last;) {
    if (at + 4 > bytes.size()) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    last = (byte(0) & 0x80U) != 0;
    at += 4 + (std::size_t{byte(1)} << 16U | std::size_t{byte(2)} << 8U | std::size_t{byte(3)});
  }
  return at <= bytes.size() ? std::optional(at) : std::nullopt;
}

// Empty for a broken file. A FLAC's STREAMINFO, which names rate and length, counts as its sound.
std::string audio_hash(std::string_view bytes, AudioFormat format) {
  constexpr std::size_t kStreamInfo = 8;
  constexpr std::size_t kStreamInfoBytes = 34;
  const bool flac = format == AudioFormat::flac;
  const auto start = flac ? flac_audio_start(bytes) : mp3_audio_start(bytes);
  if (!start) return {};
  const std::string_view frames = bytes.substr(*start);
  if (!flac) return sha256(frames);
  if (*start < kStreamInfo + kStreamInfoBytes) return {};
  return sha256({bytes.substr(kStreamInfo, kStreamInfoBytes), frames});
}

// The record's text in the file: the first such tag, which is the one that `labelled` wrote.
std::optional<std::size_t> place_of(std::string_view bytes, std::string_view word) {
  const std::size_t tag = bytes.find(kRecordTag);
  if (tag == std::string_view::npos || word.empty()) return std::nullopt;
  const std::size_t at = tag + kRecordTag.size() + 1;
  const bool there = at < bytes.size() && bytes.substr(at).starts_with(word);
  return there ? std::optional(at) : std::nullopt;
}

// Hash of the whole file, its record's text blanked out.
std::string blanked_hash(std::string_view bytes, std::size_t at, std::size_t size) {
  return sha256({bytes.substr(0, at), std::string(size, ' '), bytes.substr(at + size)});
}

Checked found(Verdict verdict, std::string why, CheckedRecord record) {
  return {verdict, std::move(why), std::move(record.provenance), std::move(record.signer)};
}

Checked unchanged(CheckedRecord record, const PublicKey& trusted) {
  if (record.signer == trusted) {
    return found(Verdict::intact, "made by Segue and unchanged", std::move(record));
  }
  const std::string signer = text_of(record.signer);
  return found(Verdict::other_key, "unchanged, but signed by a key that is not trusted: " + signer,
               std::move(record));
}

// A key that is not trusted is named whatever else is wrong: its record proves nothing of ours.
Checked altered(Verdict verdict, std::string_view why, CheckedRecord record,
                const PublicKey& trusted) {
  if (record.signer == trusted) return found(verdict, std::string(why), std::move(record));
  const std::string signer = text_of(record.signer);
  return found(Verdict::other_key,
               std::string(why) + ", and it is signed by a key that is not trusted: " + signer,
               std::move(record));
}

// Bytes of the ID3v2 tag before a FLAC, where C2PA's signers put their manifest; 0: there is none.
std::size_t id3_before_flac(std::string_view bytes) {
  constexpr std::size_t kHeader = 10;
  if (bytes.size() < kHeader || !bytes.starts_with("ID3")) return 0;
  std::size_t size = 0;
  for (std::size_t i = 6; i < kHeader; ++i) {
    size = size << 7U | (static_cast<unsigned char>(bytes[i]) & 0x7FU);
  }
  const std::size_t end = kHeader + size;
  return end < bytes.size() && bytes.substr(end).starts_with("fLaC") ? end : 0;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 5> kNames = {"intact", "tags_changed", "changed",
                                                      "other_key", "no_record"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Labelled labelled(std::string_view bytes, AudioFormat format, Tags tags, Provenance provenance,
                  const std::string& name, const SigningKey& key) {
  provenance.files = {{name, std::string(media_type(format)), std::string(kHashDigits, '0'),
                       audio_hash(bytes, format)}};
  // Hashes have a fixed length, so the record's text does too: room for it can be written first.
  const std::string room(signed_record(provenance, key).size(), '.');
  tags.record = room;
  std::string file = tagged(bytes, format, tags);
  const auto at = place_of(file, room);
  if (!at) throw std::runtime_error("TagLib did not write the record's tag as it stands");
  LabelledFile& entry = provenance.files.front();
  SEGUE_CHECK(audio_hash(file, format) == entry.audio_sha256);
  entry.sha256 = blanked_hash(file, *at, room.size());
  const std::string word = signed_record(provenance, key);
  SEGUE_CHECK(word.size() == room.size());
  file.replace(*at, word.size(), word);
  return {std::move(file), entry};
}

Checked check(std::string_view bytes, const PublicKey& trusted) {
  if (const std::size_t before = id3_before_flac(bytes); before > 0) {
    Checked within = check(bytes.substr(before), trusted);
    if (within.verdict != Verdict::intact) return within;
    within.verdict = Verdict::tags_changed;
    within.why = "all of it is unchanged, and a tag that is not Segue's stands before it";
    return within;
  }
  const auto format = format_of(bytes);
  const auto tags = format ? tags_of(bytes, *format) : std::nullopt;
  if (!tags || tags->record.empty()) {
    const bool named = bytes.find(kRecordTag) != std::string_view::npos;
    if (named) return {Verdict::changed, "its tags can no longer be read", {}, {}};
    return {Verdict::no_record, "no record of Segue's in its tags", {}, {}};
  }
  auto record = checked_record(tags->record);
  if (!record) return {Verdict::changed, record.error().detail, {}, {}};
  const auto at = place_of(bytes, tags->record);
  const bool one = record->provenance.files.size() == 1;
  if (at && one) {
    const LabelledFile& entry = record->provenance.files.front();
    if (entry.sha256 == blanked_hash(bytes, *at, tags->record.size())) {
      return unchanged(std::move(*record), trusted);
    }
  }
  if (one && record->provenance.files.front().audio_sha256 == audio_hash(bytes, *format)) {
    return altered(Verdict::tags_changed, "its sound is unchanged, its tags were changed",
                   std::move(*record), trusted);
  }
  return altered(Verdict::changed, "its sound was changed", std::move(*record), trusted);
}

Checked check_beside(std::string_view bytes, std::string_view name, std::string_view word,
                     const PublicKey& trusted) {
  auto record = checked_record(word);
  if (!record) return {Verdict::changed, record.error().detail, {}, {}};
  const std::string hash = sha256(bytes);
  const auto& files = record->provenance.files;
  const bool known = std::any_of(files.begin(), files.end(),
                                 [&](const auto& file) { return file.sha256 == hash; });
  if (known) return unchanged(std::move(*record), trusted);
  const bool named =
      std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
  if (named) return altered(Verdict::changed, "it was changed", std::move(*record), trusted);
  return found(Verdict::no_record, "the record beside it does not name it", std::move(*record));
}

}  // namespace segue::io
