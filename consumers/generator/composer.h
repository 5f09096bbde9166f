#pragma once

#include "consumers/generator/production.h"

namespace segue::generator {

// Composes by core/music with the counts that the program carries.
Composer composer();

}  // namespace segue::generator
