#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/generation/label/ai_music.h"

namespace segue {

// How much of one part of a track a machine made. The names travel.
enum class Degree : std::uint8_t { none, assisted, generated };
std::string_view name_of(Degree degree);
std::optional<Degree> degree_of(std::string_view name);

// The AI label of a track: what a machine made of it, part by part (those that DDEX distinguishes).
struct Disclosure {
  Degree composed = Degree::none;
  Degree performed = Degree::none;
  Degree voice = Degree::none;
  Degree lyrics = Degree::none;
  Degree post_production = Degree::none;
  bool operator==(const Disclosure&) const = default;
};

// The label of the generator's tracks, should nothing say more.
inline constexpr Disclosure kComposedLabel{.composed = Degree::generated,
                                           .performed = Degree::generated};

// Calls f(name, degree) for each part, in the order of AiPart.
template <class SomeDisclosure, class F>
void each_part(SomeDisclosure& disclosure, F&& f) {
  f(kAiPartNames[0], disclosure.composed);
  f(kAiPartNames[1], disclosure.performed);
  f(kAiPartNames[2], disclosure.voice);
  f(kAiPartNames[3], disclosure.lyrics);
  f(kAiPartNames[4], disclosure.post_production);
}

// The parts in which a machine had any share, as `AiMusic::allows` asks.
AiParts parts_made(const Disclosure& disclosure);

// Appends the object that stands on the wire as `ai`: a part that no machine made is left out.
void append(std::string& json, const Disclosure& disclosure);

}  // namespace segue
