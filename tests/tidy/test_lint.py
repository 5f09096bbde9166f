"""A source that the build puts together with others is also compiled by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import lint  # noqa: E402


def built_together(folder, **sources):
    """A unity build's commands for these sources."""
    unity = folder / "Unity" / "unity_0_cxx.cxx"
    unity.parent.mkdir()
    for name, text in sources.items():
        (folder / f"{name}.cc").write_text(text)
    unity.write_text("\n".join(f'#include "{folder / name}.cc"\n' for name in sources))
    command = f"/usr/bin/c++ -Wall -Wno-subobject-linkage -Werror -std=c++20 -o all.o -c {unity}"
    return [{"directory": str(folder), "command": command, "file": str(unity)}]


WHOLE = "#include <vector>\nint first(const std::vector<int>& all) { return all.front(); }\n"
LEANS = "int last(const std::vector<int>& all) { return all.back(); }\n"


def test_a_missing_include_does_not_hide_behind_a_neighbour(tmp_path):
    whole, leans = lint.alone(built_together(tmp_path, whole=WHOLE, leans=LEANS))

    assert lint.compile_alone(whole) == []
    said = lint.compile_alone(leans)
    assert "leans.cc:1:" in said[0] and "vector" in said[0]


def test_sources_compiled_one_by_one_are_read_once(tmp_path):
    command = {"directory": str(tmp_path), "command": "c++ -o a.o -c a.cc", "file": str(tmp_path / "a.cc")}

    assert lint.alone([command]) == []
