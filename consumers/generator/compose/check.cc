#include "consumers/generator/compose/check.h"

#include <filesystem>
#include <stdexcept>

#include "consumers/generator/production.h"
#include "core/io/store/durable_file.h"

namespace segue::generator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 1'000'000'000;
constexpr std::size_t kKeyBytesMax = 4'096;
constexpr std::string_view kRecordEnding = ".provenance.json";

// "a.notes.png": a.notes.provenance.json, then a.provenance.json. Empty: neither is there.
std::string record_beside(const fs::path& path) {
  std::string name = path.filename();
  for (auto dot = name.rfind('.'); dot != std::string::npos && dot > 0; dot = name.rfind('.')) {
    name.resize(dot);
    const fs::path beside = path.parent_path() / (name + std::string(kRecordEnding));
    std::error_code ignored;
    if (fs::is_regular_file(beside, ignored)) return beside;
  }
  return {};
}

io::Checked check_record(const std::string& text, const io::PublicKey& trusted) {
  const std::string word = word_in(text);
  if (word.empty()) return {io::Verdict::changed, "the record was changed", {}, {}};
  auto record = io::checked_record(word);
  if (!record) return {io::Verdict::changed, record.error().detail, {}, {}};
  const bool ours = record->signer == trusted;
  return {ours ? io::Verdict::intact : io::Verdict::other_key,
          ours ? "a record of Segue's, unchanged"
               : "signed by a key that is not trusted: " + io::text_of(record->signer),
          std::move(record->provenance), std::move(record->signer)};
}

}  // namespace

int exit_code(io::Verdict verdict) {
  switch (verdict) {
    case io::Verdict::intact:
      return kIntact;
    case io::Verdict::tags_changed:
    case io::Verdict::changed:
      return kChanged;
    case io::Verdict::other_key:
      return kOtherKey;
    case io::Verdict::no_record:
      break;
  }
  return kNoRecord;
}

io::Checked check_file(const std::string& path, const io::PublicKey& trusted) {
  const std::string bytes = io::read_whole(path, kFileBytesMax);
  if (path.ends_with(kRecordEnding)) return check_record(bytes, trusted);
  const io::Checked by_tags = io::check(bytes, trusted);
  const std::string beside = record_beside(path);
  if (by_tags.verdict != io::Verdict::no_record || beside.empty()) return by_tags;
  const std::string word = word_in(io::read_whole(beside, 4 * kProvenanceBytesMax));
  if (word.empty()) return {io::Verdict::changed, "the record beside it was changed", {}, {}};
  return io::check_beside(bytes, fs::path(path).filename().string(), word, trusted);
}

io::PublicKey trusted_key(const ComposeConfig& config, const AudioConfig& audio) {
  if (config.trust.empty()) {
    const std::string path = signing_key_path(audio);
    if (!fs::exists(path)) {
      throw std::runtime_error("There is no key at \"" + path +
                               "\" to check with: give the signer's with --trust");
    }
    return io::SigningKey(path).public_key();
  }
  const bool word = config.trust.starts_with("ed25519:");
  const auto key =
      io::public_key_of(word ? config.trust : io::read_whole(config.trust, kKeyBytesMax));
  if (!key) throw std::runtime_error("compose.trust: expected ed25519:... or a PEM public key");
  return *key;
}

}  // namespace segue::generator
