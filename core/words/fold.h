#pragma once

#include <string>
#include <string_view>

namespace segue {

// A text as it is compared, wherever texts are (names, kinds of music, ids made of names): the same
// for composed and decomposed letters, capitals of any script, full-width letters, ligatures, other
// quotes, dashes and strokes, Turkish letters with their dot and without, runs of white space, and
// with or without what cannot be seen (Unicode's NFKC_Casefold, and some punctuation). Empty where
// nothing can be seen. ASCII only gets small letters, single spaces and straight quotes. What is
// not UTF-8 is folded as ASCII.
std::string folded(std::string_view text);

}  // namespace segue
