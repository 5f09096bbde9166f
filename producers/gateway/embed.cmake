# Writes OUT, a C++ source with the bytes of each file of FILES, so that the program is all there is
# to install. Called with -DOUT=… -DROOT=… -DFILES=a|b|c
string(REPLACE "|" ";" FILES "${FILES}")
set(entries "")
set(bytes "")
set(n 0)
foreach(file ${FILES})
  file(READ ${ROOT}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
  # A literal a line, as the file has them; adjacent ones are joined.
  string(REPLACE "\\x0a" "\\x0a\"\n\"" hex "${hex}")
  string(APPEND bytes "constexpr char kFile${n}[] =\n\"${hex}\";\n")
  string(APPEND entries "    {\"/${file}\", {kFile${n}, sizeof kFile${n} - 1}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT}.new "// Made by embed.cmake.\n#include \"producers/gateway/files.h\"\n\nnamespace segue::gateway {\nnamespace {\n\n${bytes}\nconstexpr File kFiles[] = {\n${entries}};\n\n}  // namespace\n\nstd::span<const File> files() { return kFiles; }\n\n}  // namespace segue::gateway\n")
file(COPY_FILE ${OUT}.new ${OUT} ONLY_IF_DIFFERENT)
