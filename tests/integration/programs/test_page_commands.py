"""Each command that a page shows exists and knows its flags. Nothing is started: settings are read and printed."""

import re
import shlex
import subprocess

import pytest
from servers import REPOSITORY

WITHIN_S = 30
PAGES = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=REPOSITORY, check=True,
                       capture_output=True, text=True, timeout=WITHIN_S).stdout.split()  # fmt: skip
# Programs of others; a page may show them.
OF_OTHERS = {"apt-get", "cat", "cmake", "cpack", "curl", "date", "echo", "eval", "export", "kubectl", "openssl",
             "prometheus", "redis-cli", "systemctl", "umask"}  # fmt: skip
# These answer --help alone, and take no settings.
WITHOUT_SETTINGS = {"segue-bench", "segue-simulation"}
# Variables of the tests, no settings.
OF_TESTS = {"SEGUE_BIN", "SEGUE_DATA", "SEGUE_KILLS"}


def commands_in(block):
    """Words of each command of a shell block, without variables set before it, redirections and here-documents."""
    lines = re.sub(r"<<'(\w+)'\n.*?^\1$", "", block, flags=re.DOTALL | re.M).replace("\\\n", " ")
    inside = re.findall(r"\$\(([^()]*)\)", lines)
    lines = "\n".join([re.sub(r"\$\([^()]*\)", "its-output", lines), *inside])
    lexer = shlex.shlex(lines, posix=True, punctuation_chars="();&|<>\n")
    lexer.commenters, lexer.whitespace, lexer.whitespace_split = "", " \t", True
    commands = [[]]
    for word in lexer:
        if set(word) <= set("();&|\n"):
            commands.append([])
        else:
            commands[-1].append(word)
    for words in commands:
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        for sign in ("<", ">"):
            if sign in words:
                del words[words.index(sign):]
    return [words for words in commands if words]


def without_remarks(block):
    return re.sub(r"(^|\s)#\s.*$", "", block, flags=re.M)


def blocks_of(page):
    """Shell blocks, also those indented in a list, and what stands between backquotes in a line."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```", text, re.DOTALL | re.M)
    own = r"(?:build/release/bin/segue-|segue-|deploy/|loadtest/|tests/)"
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.M)
    inline = re.findall(rf"`({own}[\w/-]+ --?[^`\n]+)`", prose)
    return [without_remarks(block) for _, block in blocks] + inline


def shown():
    """Page, folder and words of each command; a `cd` of its block changes the folder."""
    found = []
    for page in PAGES:
        for block in blocks_of(page):
            folder = REPOSITORY
            for words in commands_in(block):
                if words[0] == "cd":
                    folder = folder / words[1]
                else:
                    found.append((page, folder, words))
    return found


def trouble_of(words, binaries, folder=REPOSITORY):
    """Why this command would not run as it is shown in that folder; nothing if it would."""
    words = [word for i, word in enumerate(words) if word != "…" or words[i - 1].startswith("--")]
    program = words[0]
    if program in OF_OTHERS:
        return None
    if program.startswith("/usr/bin/python3") and len(words) > 1:
        words, program = words[1:], words[1]
    name = program.rpartition("/")[2]
    path = binaries / name if name.startswith("segue-") else folder / program
    if not path.is_file():
        return "there is no such program"
    if name.startswith("segue-") and name not in WITHOUT_SETTINGS:
        ran = subprocess.run([path, *words[1:], "--print-config"], capture_output=True, text=True, timeout=WITHIN_S)
        return ran.stderr if ran.returncode else None
    flags = [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
    if not flags:
        return None
    run = ["/usr/bin/python3", path] if path.suffix == ".py" else [path]
    said = subprocess.run([*run, "--help"], capture_output=True, text=True, timeout=WITHIN_S)
    missing = [flag for flag in flags if not re.search(rf"{flag}\b", said.stdout)]
    return f"--help does not name {missing}" if said.returncode or missing else None


def test_commands_of_the_pages_run_as_shown(binaries):
    commands = shown()
    broken = [
        f"{page}: {shlex.join(words)}: {why}"
        for page, folder, words in commands
        if (why := trouble_of(words, binaries, folder))
    ]

    assert broken == []
    assert len(commands) > 40


def test_keys_for_production_are_made_and_read(binaries, tmp_path):
    (block,) = [block for block in blocks_of("producers/gateway/README.md") if "openssl genrsa" in block]
    env = {"PATH": f"{binaries}:/usr/bin:/bin"}

    done = subprocess.run(["bash", "-ec", block.rstrip() + " --print-config"], cwd=tmp_path, env=env,
                          capture_output=True, text=True, timeout=WITHIN_S)  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert 'token_issuer = "https://id.example"' in done.stdout
    assert (tmp_path / "issuer.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_variables_of_the_pages_are_settings(binaries):
    table = subprocess.run([binaries / "segue-recommender", "--settings-table"], check=True, capture_output=True,
                           text=True, timeout=WITHIN_S).stdout  # fmt: skip
    known = {"SEGUE_" + name.upper().replace(".", "_") for name in re.findall(r"^\| `([\w.]+)`", table, re.M)}
    named = {
        (page, name)
        for page in PAGES
        for name in re.findall(r"\bSEGUE_[A-Z_]+[A-Z]\b(?![*…])", (REPOSITORY / page).read_text(encoding="utf-8"))
    }

    assert len(named) > 3
    assert {(page, name) for page, name in named if name.removesuffix("_FILE") not in known | OF_TESTS} == set()


@pytest.mark.parametrize("words", [["segue-nothing"], ["segue-replay", "--cataloge", "x"], ["tests/run", "--quick"]])
def test_a_wrong_command_is_noticed(words, binaries):
    assert trouble_of(words, binaries)
