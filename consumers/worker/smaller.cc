#include "consumers/worker/smaller.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/event/topics.h"
#include "core/item/item_signal.h"

namespace segue {
namespace {

constexpr std::string_view kOurs = "segue_dlq_";
constexpr std::string_view kValueBytes = "segue_dlq_value_bytes";
constexpr std::size_t kValueHead = 4'096;
constexpr std::size_t kKeyHead = 256;
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kHeaderBytesMax = 256;
constexpr std::size_t kDetailBytesMax = 256;

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 0xFU];
  }
  return hex;
}

bool is_ours(const Header& header) { return header.name.starts_with(kOurs); }

// Says what is left of key or value; nothing where all is.
void cut(std::optional<std::string>& bytes, std::size_t head, const std::string& what,
         std::vector<Header>& headers) {
  if (!bytes || bytes->size() <= head) return;
  headers.push_back({std::string(kOurs) + what + "_bytes", std::to_string(bytes->size())});
  headers.push_back({std::string(kOurs) + what + "_sha256", sha256_hex(*bytes)});
  bytes->resize(head);
}

io::Publication beginning_of(io::Publication letter) {
  std::vector<Header> headers;
  std::size_t kept = 0;
  for (Header& header : letter.headers) {
    if (header.name == "segue_dlq_detail" && header.value.size() > kDetailBytesMax) {
      header.value.resize(kDetailBytesMax);
    }
    const bool fits = kept < kHeadersMax && header.name.size() <= kHeaderBytesMax &&
                      header.value.size() <= kHeaderBytesMax;
    if (!is_ours(header) && !fits) continue;
    kept += is_ours(header) ? 0 : 1;
    headers.push_back(std::move(header));
  }
  letter.headers = std::move(headers);
  cut(letter.key, kKeyHead, "key", letter.headers);
  cut(letter.value, kValueHead, "value", letter.headers);
  // An operator who puts letters back must see that this is not the original.
  if (std::ranges::find(letter.headers, kValueBytes, &Header::name) == letter.headers.end()) {
    const std::string whole = letter.value.value_or("");
    letter.headers.push_back({std::string(kValueBytes), std::to_string(whole.size())});
    letter.headers.push_back({"segue_dlq_value_sha256", sha256_hex(whole)});
  }
  return letter;
}

std::vector<io::Publication> smaller_letter(const io::Publication& letter) {
  const bool cut_before =
      std::ranges::find(letter.headers, kValueBytes, &Header::name) != letter.headers.end();
  if (!cut_before) return {beginning_of(letter)};
  if (!letter.value && !letter.key) return {};
  io::Publication bare = letter;
  bare.key.reset();
  bare.value.reset();
  std::erase_if(bare.headers, [](const Header& header) { return !is_ours(header); });
  return {std::move(bare)};
}

std::vector<io::Publication> smaller_list(const io::Publication& list) {
  if (!list.value) return {};
  boost::system::error_code problem;
  boost::json::value parsed = boost::json::parse(*list.value, problem);
  boost::json::object* const object = problem ? nullptr : parsed.if_object();
  boost::json::value* const items = object != nullptr ? object->if_contains("items") : nullptr;
  if (items == nullptr || !items->is_array() || items->get_array().empty()) return {};
  items->get_array().resize(items->get_array().size() / 2);
  io::Publication half = list;
  half.value = boost::json::serialize(parsed);
  return {std::move(half)};
}

std::vector<io::Publication> smaller_signals(const io::Publication& signals) {
  if (!signals.value) return {};
  Result<SignalBatch> batch = decode_signal_batch(*signals.value);
  if (!batch || batch->signals.empty()) return {};
  // The event in the middle begins the second; if all are of one event, nothing can be cut.
  const std::vector<ItemSignal>& all = batch->signals;
  std::int64_t between = all[all.size() / 2].offset;
  if (between == all.front().offset) {
    const auto later = std::ranges::find_if(
        all, [&](const ItemSignal& signal) { return signal.offset > between; });
    if (later == all.end()) return {};
    between = later->offset;
  }
  SignalBatch first = *batch;
  SignalBatch second = std::move(*batch);
  first.next = second.first = between;
  std::erase_if(first.signals, [&](const ItemSignal& s) { return s.offset >= between; });
  std::erase_if(second.signals, [&](const ItemSignal& s) { return s.offset < between; });
  std::vector<io::Publication> pieces(2, signals);
  pieces[0].value = encode(first);
  pieces[1].value = encode(second);
  return pieces;
}

}  // namespace

std::vector<io::Publication> smaller(const io::Publication& refused) {
  if (refused.topic == topic::kDeadLetters) return smaller_letter(refused);
  if (refused.topic == topic::kRecommendations) return smaller_list(refused);
  if (refused.topic == topic::kItemSignals) return smaller_signals(refused);
  return {};
}

}  // namespace segue
