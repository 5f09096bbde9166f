#include "core/item.h"

#include <algorithm>

#include "core/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kItemVersion = 1;
constexpr std::uint8_t kModelVersion = 1;

// What an item and its model have in common, written the same way.
template <class Either>
void write_common(BlobWriter& out, const Either& item) {
  out.u64(item.id.value);
  out.u8(static_cast<std::uint8_t>(item.kind));
  out.text(item.name);
  out.u64(item.artist.value);
  out.varint(item.plays);
  out.svarint(item.time);
  out.f32(item.plays_day);
  out.f32(item.plays_trend);
  out.f32(item.follows_total);
  out.f32(item.next_total);
  out.varint(item.neighbours.size());
  for (const Neighbour& neighbour : item.neighbours) {
    out.u64(neighbour.track.value);
    out.f16(neighbour.follows);
    out.f16(neighbour.next);
  }
}

template <class Either>
void read_common(BlobReader& in, Either& item) {
  item.id.value = in.u64();
  const std::uint8_t kind = in.u8();
  if (kind > 1) in.fail();
  item.kind = kind == 1 ? ItemKind::artist : ItemKind::track;
  item.name = in.text(kIdBytesMax);
  item.artist.value = in.u64();
  item.plays = in.varint();
  item.time = in.svarint();
  item.plays_day = in.f32();
  item.plays_trend = in.f32();
  item.follows_total = in.f32();
  item.next_total = in.f32();
  if (item.follows_total < 0 || item.next_total < 0) in.fail();
  item.neighbours.resize(in.count(Either::kNeighboursMax));
  for (Neighbour& neighbour : item.neighbours) {
    neighbour.track.value = in.u64();
    neighbour.follows = in.f16();
    neighbour.next = in.f16();
  }
}

bool stronger(const Neighbour& a, const Neighbour& b) {
  const float x = a.follows + a.next;
  const float y = b.follows + b.next;
  return x != y ? x > y : a.track < b.track;
}

}  // namespace

ItemModel model_of(const Item& item) {
  ItemModel model{.id = item.id,
                  .kind = item.kind,
                  .name = item.name,
                  .artist = item.artist,
                  .plays = item.plays,
                  .time = item.time,
                  .plays_day = item.plays_day,
                  .plays_trend = item.plays_trend,
                  .follows_total = item.follows_total,
                  .next_total = item.next_total,
                  .neighbours = {}};
  model.neighbours.resize(std::min(item.neighbours.size(), ItemModel::kNeighboursMax));
  std::partial_sort_copy(item.neighbours.begin(), item.neighbours.end(), model.neighbours.begin(),
                         model.neighbours.end(), stronger);
  return model;
}

std::string encode(const Item& item) {
  std::string blob;
  blob.reserve(128 + item.neighbours.size() * 12);
  BlobWriter out(blob);
  out.u8(kItemVersion);
  out.varint(item.signals);
  out.varint(item.skips);
  write_common(out, item);
  return blob;
}

Result<Item> decode_item(std::string_view blob) {
  BlobReader in(blob);
  if (in.u8() != kItemVersion) return error(Reason::unknown_version, "item blob is not version 1");
  Item item;
  item.signals = in.varint();
  item.skips = in.varint();
  read_common(in, item);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "item blob does not add up");
  return item;
}

std::string encode(const ItemModel& model) {
  std::string blob;
  blob.reserve(128 + model.neighbours.size() * 12);
  BlobWriter out(blob);
  out.u8(kModelVersion);
  write_common(out, model);
  return blob;
}

Result<ItemModel> decode_item_model(std::string_view blob) {
  BlobReader in(blob);
  if (in.u8() != kModelVersion)
    return error(Reason::unknown_version, "item model is not version 1");
  ItemModel model;
  read_common(in, model);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "item model does not add up");
  return model;
}

}  // namespace segue
