#pragma once

#include "core/wire/base64url.h"

namespace segue::gateway {

using segue::base64url;
using segue::from_base64url;

}  // namespace segue::gateway
