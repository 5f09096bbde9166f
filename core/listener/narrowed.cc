#include "core/listener/narrowed.h"

#include <algorithm>

namespace segue {
namespace {

enum HasRange : std::uint8_t { kLengthRange = 1, kYearRange = 2 };

void write(BlobWriter& out, const Filter::Range& range) {
  out.varint(static_cast<std::uint64_t>(range.min));
  out.varint(static_cast<std::uint64_t>(range.max));
}

void read(BlobReader& in, Filter::Range& range) {
  constexpr auto kMax = static_cast<std::size_t>(Filter::Range{}.max);
  range.min = static_cast<std::int32_t>(in.count(kMax));
  range.max = static_cast<std::int32_t>(in.count(kMax));
  if (range.min > range.max) in.fail();
}

}  // namespace

std::vector<TrackId> heard_within(const Listener& listener, std::int32_t days) {
  std::vector<TrackId> heard;
  const Micros since = listener.time - days * kDay;
  for (const Repeat& repeat : listener.repeats) {
    // It is stored in whole seconds, and was up to one later.
    if (repeat.last + kSecond > since) heard.push_back(repeat.track);
  }
  for (std::uint32_t i = 0; i < listener.context_in_session; ++i) {
    heard.push_back(listener.context[i].track);
  }
  if (listener.playing) heard.push_back(listener.playing->track);
  heard.insert(heard.end(), listener.composed.heard.begin(), listener.composed.heard.end());
  std::ranges::sort(heard);
  heard.erase(std::unique(heard.begin(), heard.end()), heard.end());
  return heard;
}

bool is_narrowed(const Request& request) {
  return !request.seeds.empty() || !request.filter.empty();
}

void write_narrowed(BlobWriter& out, const Request& request) {
  out.varint(request.seeds.size());
  for (const Seed& seed : request.seeds) {
    out.u64(seed.track.value);
    out.u64(seed.artist.value);
    out.f32(seed.weight);
  }
  const Filter& filter = request.filter;
  out.varint(filter.genres.size());
  for (const std::uint32_t genre : filter.genres) out.u32(genre);
  out.varint(static_cast<std::uint64_t>(filter.kind));
  out.varint(static_cast<std::uint64_t>(filter.not_heard_days));
  out.u8(static_cast<std::uint8_t>((filter.length_ms.said() ? kLengthRange : 0) |
                                   (filter.year.said() ? kYearRange : 0)));
  if (filter.length_ms.said()) write(out, filter.length_ms);
  if (filter.year.said()) write(out, filter.year);
}

void read_narrowed(BlobReader& in, Request& request) {
  request.seeds.resize(in.count(Request::kSeedsMax));
  for (Seed& seed : request.seeds) {
    seed.track.value = in.u64();
    seed.artist.value = in.u64();
    seed.weight = in.f32(-1, 1);
  }
  Filter& filter = request.filter;
  filter.genres.resize(in.count(Filter::kGenresMax));
  for (std::uint32_t& genre : filter.genres) genre = in.u32();
  if (!std::ranges::is_sorted(filter.genres)) in.fail();
  constexpr auto kLast = static_cast<std::size_t>(Filter::Kind::composed);
  filter.kind = static_cast<Filter::Kind>(in.count(kLast));
  filter.not_heard_days = static_cast<std::int32_t>(in.count(Filter::kDaysMax));
  const std::uint8_t has = in.u8();
  if ((has & kLengthRange) != 0) read(in, filter.length_ms);
  if ((has & kYearRange) != 0) read(in, filter.year);
}

}  // namespace segue
