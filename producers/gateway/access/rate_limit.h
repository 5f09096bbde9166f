#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "core/time.h"

namespace segue::gateway {

// Token buckets by name: `rate` a second on average, `burst` at once. Remembers at most `names_max`
// names; the one that was used longest ago starts afresh, so an attacker who wants to profit from
// that needs as many names. One thread.
class RateLimit {
 public:
  RateLimit(double rate, double burst, std::size_t names_max)
      : rate_(rate), burst_(burst), names_max_(names_max) {}

  // 0: taken. Else nothing was taken, and so long it takes until `amount` would be. An amount over
  // the burst counts as the burst. A clock that is set back gives nothing. Of the amount `paid` was
  // taken before; what is refused is refused as a whole, so the wait is for all of it.
  Micros take(const std::string& name, double amount, Micros now, double paid = 0);
  // Gives back what was taken for something that was then refused halfway. Until `wanted` is there
  // at once, `wait_for_more` says to wait: who has got so far in vain does not begin again with as
  // little, and each try in vain asks for more, up to the burst.
  void give_back(const std::string& name, double taken, double wanted);
  // 0: there is as much as `give_back` last asked for, which is then forgotten.
  Micros wait_for_more(const std::string& name, Micros now);
  // As if nothing had ever been taken.
  void forget(const std::string& name);
  // How much could be taken now, and how long it takes until it is all again.
  struct Left {
    double all = 0;
    double left = 0;
    Micros full_in = 0;
  };
  Left left(const std::string& name, Micros now) const;

 private:
  struct Bucket {
    double left = 0;
    Micros at = 0;
    double wanted = 0;
    std::list<std::string>::iterator place;
  };

  double rate_;
  double burst_;
  std::size_t names_max_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::list<std::string> used_;  // latest at the end
};

}  // namespace segue::gateway
