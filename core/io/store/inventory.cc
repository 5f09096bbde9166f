#include "core/io/store/inventory.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/io/store/file_store.h"

namespace segue::io {

void Inventory::add(std::string key, Micros played, std::uint64_t bytes) {
  bytes_ += bytes;
  files_[std::move(key)] = {.played = played, .bytes = bytes};
}

void Inventory::play(const std::string& key, Micros when) {
  const auto file = files_.find(key);
  if (file != files_.end()) file->second.played = std::max(file->second.played, when);
}

void Inventory::join(const std::vector<std::string>& keys) {
  Piece piece;
  for (const std::string& key : keys) {
    const auto file = files_.find(key);
    if (file == files_.end()) continue;
    ++file->second.pieces;
    piece.played =
        piece.keys.empty() ? file->second.played : std::max(piece.played, file->second.played);
    piece.keys.push_back(key);
  }
  if (!piece.keys.empty()) pieces_.push_back(std::move(piece));
}

std::vector<std::string> Inventory::to_go(std::uint64_t more, std::uint64_t most) {
  for (const auto& [key, file] : files_) {
    if (file.pieces == 0) join({key});
  }
  std::ranges::sort(pieces_, [](const Piece& a, const Piece& b) {
    return std::tie(a.played, a.keys) < std::tie(b.played, b.keys);
  });
  std::vector<std::string> going;
  for (const Piece& piece : pieces_) {
    if (bytes_ + more <= most) break;
    for (const std::string& key : piece.keys) {
      File& file = files_.at(key);
      if (--file.pieces > 0) continue;
      bytes_ -= file.bytes;
      ++chosen_;
      going.push_back(key);
    }
  }
  return going;
}

std::string lines_of(const std::vector<std::string>& keys) {
  std::string lines;
  for (const std::string& key : keys) lines += key + "\n";
  SEGUE_CHECK(lines.size() <= kWithBytesMax);
  return lines;
}

std::vector<std::string> keys_in(std::string_view lines) {
  std::vector<std::string> keys;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (is_store_key(lines.substr(0, end))) keys.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return keys;
}

}  // namespace segue::io
