#include "core/item/item.h"

#include <algorithm>

#include "core/wire/blob.h"
#include "core/words/printed.h"

namespace segue {
namespace {

constexpr std::uint8_t kItemVersion = 6;
constexpr std::uint8_t kModelVersion = 6;
// Far above what is ever counted.
constexpr float kCountMax = 1e12F;
// From so many listeners on an item of an older version is common: who they were is not known.
constexpr std::uint64_t kOldCommon = 2;

// Rounding to what is stored may have changed who is stronger.
template <class T>
void order(std::vector<T>& all) {
  const auto before = [](const T& a, const T& b) { return stronger(a, b); };
  if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
}

// The fields that an item and its model have in common, written the same way.
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
  out.u8(item.artist_said);
  out.f32(item.weighted_plays);
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

void write(BlobWriter& out, const std::vector<SessionMark>& sessions) {
  out.varint(sessions.size());
  for (const SessionMark session : sessions) out.u32(session.value);
}

std::vector<SessionMark> read_sessions(BlobReader& in) {
  std::vector<SessionMark> sessions(in.count(Item::kSessionsMax));
  for (SessionMark& session : sessions) session.value = in.u32();
  return sessions;
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
  if (all) item.first = in.time();
  item.time = in.time();
  if (version > 3) {
    item.artist_said = in.u8();
    item.weighted_plays = in.f32(0, kCountMax);
  } else {
    item.artist_said = static_cast<std::uint8_t>(std::min<std::uint64_t>(item.listeners, 255));
    item.weighted_plays = std::min(static_cast<float>(item.plays), kCountMax);
  }
  for (float* const count :
       {&item.plays_day, &item.plays_trend, &item.follows_total, &item.next_total}) {
    *count = in.f32(0, kCountMax);
  }
  if (all) {
    item.together_total = in.f32(0, kCountMax);
    item.related_total = in.f32(0, kCountMax);
    item.vector = read_vector(in);
  }
  item.neighbours.resize(in.count(Either::kStoredMax));
  for (Neighbour& neighbour : item.neighbours) {
    neighbour.track.value = in.u64();
    neighbour.follows = in.f16(0);
    neighbour.next = in.f16(0);
    if (all) neighbour.together = in.f16(0);
    if (version > 2 && item.kind == ItemKind::track) neighbour.before = in.u16();
  }
  order(item.neighbours);
  if (!all) return;
  item.related.resize(in.count(Either::kRelatedMax));
  for (RelatedArtist& related : item.related) {
    related.artist.value = in.u64();
    related.weight = in.f16(0);
  }
  order(item.related);
}

// Listeners who remember an item, or what it is called.
std::vector<ListenerMark> read_marks(BlobReader& in) {
  std::vector<ListenerMark> marks(in.count(Item::kHoldersMax - 1));
  for (ListenerMark& mark : marks) mark.value = in.u64();
  return marks;
}

// Version 1 did not count listeners.
bool was_common(std::uint64_t listeners, std::uint8_t version) {
  return version == 1 || listeners >= kOldCommon;
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
  ItemModel model{
      .id = item.id,
      .kind = item.kind,
      .name = item.name,
      .artist = item.artist,
      .artist_said = item.artist_said,
      .plays = item.plays,
      .listeners = item.listeners,
      .holders = static_cast<std::uint8_t>(item.common ? Item::kHoldersMax : item.holders.size()),
      .first = item.first,
      .time = item.time,
      .weighted_plays = item.weighted_plays,
      .plays_day = item.plays_day,
      .plays_trend = item.plays_trend,
      .follows_total = item.follows_total,
      .next_total = item.next_total,
      .together_total = item.together_total,
      .related_total = item.related_total,
      .neighbours = {},
      .related = first(item.related, ItemModel::kRelatedMax),
      .vector = item.vector,
      .sessions = item.sessions,
      .title = item.title,
      .title_said =
          static_cast<std::uint8_t>(item.title_common ? Item::kHoldersMax : item.tellers.size())};
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
  out.u8(item.common ? 1 : 0);
  out.varint(item.holders.size());
  for (const ListenerMark holder : item.holders) out.u64(holder.value);
  out.text(item.title);
  out.u8(item.title_common ? 1 : 0);
  out.u8(item.others_said);
  out.u32(item.other_title);
  out.varint(item.tellers.size());
  for (const ListenerMark teller : item.tellers) out.u64(teller.value);
  write(out, item.sessions);
  return blob;
}

Result<Item> decode_item(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kItemVersion) {
    return error(Reason::unknown_version, "item blob is not version 1 to 6");
  }
  Item item;
  item.signals = in.varint();
  item.skips = in.varint();
  read_common(in, item, version);
  if (version > 3) {
    item.common = in.u8() != 0;
    item.holders = read_marks(in);
  } else {
    item.common = was_common(item.listeners, version);
  }
  if (version > 4) {
    item.title = in.text(kTitleBytesMax);
    item.title_common = in.u8() != 0;
    item.others_said = in.u8();
    item.other_title = in.u32();
    item.tellers = read_marks(in);
  }
  if (version > 5) item.sessions = read_sessions(in);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "item blob does not add up");
  return item;
}

std::string encode(const ItemModel& model) {
  std::string blob;
  blob.reserve(128 + model.neighbours.size() * 12);
  BlobWriter out(blob);
  out.u8(kModelVersion);
  write_common(out, model);
  out.u8(model.holders);
  out.text(model.title);
  out.u8(model.title_said);
  write(out, model.sessions);
  return blob;
}

Result<ItemModel> decode_item_model(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kModelVersion) {
    return error(Reason::unknown_version, "item model is not version 1 to 6");
  }
  ItemModel model;
  read_common(in, model, version);
  if (version > 3) {
    model.holders = static_cast<std::uint8_t>(in.u8());
    if (model.holders > Item::kHoldersMax) in.fail();
  } else {
    const bool common = was_common(model.listeners, version);
    model.holders = static_cast<std::uint8_t>(common ? Item::kHoldersMax : model.listeners);
  }
  if (version > 4) {
    model.title = in.text(kTitleBytesMax);
    model.title_said = in.u8();
    if (model.title_said > Item::kHoldersMax) in.fail();
  }
  if (version > 5) model.sessions = read_sessions(in);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "item model does not add up");
  return model;
}

}  // namespace segue
