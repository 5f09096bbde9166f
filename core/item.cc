#include "core/item.h"

#include <algorithm>

#include "core/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kItemVersion = 3;
constexpr std::uint8_t kModelVersion = 3;

// Rounding to what is stored may have changed who is stronger.
template <class T>
void order(std::vector<T>& all) {
  const auto before = [](const T& a, const T& b) { return stronger(a, b); };
  if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
}

// What an item and its model have in common, written the same way.
template <class Either>
void write_common(BlobWriter& out, const Either& item) {
  out.u64(item.id.value);
  out.u8(static_cast<std::uint8_t>(item.kind));
  out.text(item.name);
  out.u64(item.artist.value);
  out.varint(item.plays);
  out.varint(item.listeners);
  out.svarint(item.first);
  out.svarint(item.time);
  out.f32(item.plays_day);
  out.f32(item.plays_trend);
  out.f32(item.follows_total);
  out.f32(item.next_total);
  out.f32(item.together_total);
  out.f32(item.related_total);
  write(out, item.vector);
  out.varint(item.neighbours.size());
  for (const Neighbour& neighbour : item.neighbours) {
    out.u64(neighbour.track.value);
    out.f16(neighbour.follows);
    out.f16(neighbour.next);
    out.f16(neighbour.together);
    if (item.kind == ItemKind::track) out.u16(neighbour.before);
  }
  out.varint(item.related.size());
  for (const RelatedArtist& related : item.related) {
    out.u64(related.artist.value);
    out.f16(related.weight);
  }
}

// Version 1 knew no listeners, no company, no related artists and no vector; version 2 no order.
template <class Either>
void read_common(BlobReader& in, Either& item, std::uint8_t version) {
  const bool all = version > 1;
  item.id.value = in.u64();
  const std::uint8_t kind = in.u8();
  if (kind > 1) in.fail();
  item.kind = kind == 1 ? ItemKind::artist : ItemKind::track;
  item.name = in.text(kIdBytesMax);
  item.artist.value = in.u64();
  item.plays = in.varint();
  if (all) item.listeners = in.varint();
  if (all) item.first = in.svarint();
  item.time = in.svarint();
  item.plays_day = in.f32();
  item.plays_trend = in.f32();
  item.follows_total = in.f32();
  item.next_total = in.f32();
  if (all) {
    item.together_total = in.f32();
    item.related_total = in.f32();
    item.vector = read_vector(in);
  }
  for (const float total :
       {item.follows_total, item.next_total, item.together_total, item.related_total}) {
    if (total < 0) in.fail();
  }
  item.neighbours.resize(in.count(Either::kStoredMax));
  for (Neighbour& neighbour : item.neighbours) {
    neighbour.track.value = in.u64();
    neighbour.follows = in.f16();
    neighbour.next = in.f16();
    if (all) neighbour.together = in.f16();
    if (version > 2 && item.kind == ItemKind::track) neighbour.before = in.u16();
  }
  order(item.neighbours);
  if (!all) return;
  item.related.resize(in.count(Either::kRelatedMax));
  for (RelatedArtist& related : item.related) {
    related.artist.value = in.u64();
    related.weight = in.f16();
  }
  order(item.related);
}

template <class T>
std::vector<T> first(const std::vector<T>& all, std::size_t max) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), max))};
}

float strength(const Neighbour& neighbour) {
  return neighbour.follows + neighbour.next + 0.1F * neighbour.together;
}

}  // namespace

bool stronger(const Neighbour& a, const Neighbour& b) {
  const float x = strength(a);
  const float y = strength(b);
  return x != y ? x > y : a.track < b.track;
}

bool stronger(const RelatedArtist& a, const RelatedArtist& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.artist < b.artist;
}

ItemModel model_of(const Item& item) {
  ItemModel model{.id = item.id,
                  .kind = item.kind,
                  .name = item.name,
                  .artist = item.artist,
                  .plays = item.plays,
                  .listeners = item.listeners,
                  .first = item.first,
                  .time = item.time,
                  .plays_day = item.plays_day,
                  .plays_trend = item.plays_trend,
                  .follows_total = item.follows_total,
                  .next_total = item.next_total,
                  .together_total = item.together_total,
                  .related_total = item.related_total,
                  .neighbours = {},
                  .related = first(item.related, ItemModel::kRelatedMax),
                  .vector = item.vector};
  const std::size_t max =
      item.kind == ItemKind::artist ? ItemModel::kArtistTracksMax : ItemModel::kNeighboursMax;
  model.neighbours = first(item.neighbours, max);
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
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kItemVersion) {
    return error(Reason::unknown_version, "item blob is not version 1 to 3");
  }
  Item item;
  item.signals = in.varint();
  item.skips = in.varint();
  read_common(in, item, version);
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
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kModelVersion) {
    return error(Reason::unknown_version, "item model is not version 1 to 3");
  }
  ItemModel model;
  read_common(in, model, version);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "item model does not add up");
  return model;
}

}  // namespace segue
