#pragma once

#include <cstdio>
#include <cstdlib>

// Stops the process when our own reasoning is wrong, also in release builds. Never used to check
// input: bad input is a value (result.h).
#define SEGUE_CHECK(condition)                                                                 \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      std::fprintf(stderr, "%s:%d: SEGUE_CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)
