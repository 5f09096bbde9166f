"""Every link of a page leads to a file, and to a heading that is there."""

import pathlib
import re
import urllib.parse

from test_tidy import FILES, ROOT, text

PAGES = [p for p in FILES if p.suffix == ".md"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
DEFINED = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.M)


def prose(page):
    """The page without its blocks of code and without code in a line."""
    without_blocks = re.sub(r"^(```|~~~).*?^\1\s*$", "", text(page), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", without_blocks)


def anchors(page):
    """Anchors of the page's headings, as GitHub makes them: a second one of a name ends in -1."""
    seen = {}
    found = set()
    blocks = re.sub(r"^(```|~~~).*?^\1\s*$", "", text(page), flags=re.M | re.S)
    for heading in re.findall(r"^#{1,6} +(.+?) *$", blocks, re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = seen.get(anchor, 0)
        seen[anchor] = again + 1
        found.add(f"{anchor}-{again}" if again else anchor)
    return found


def links(page):
    return [a or b for a, b in LINK.findall(prose(page))] + DEFINED.findall(prose(page))


def trouble_of(page, link):
    """Why a link of this page leads nowhere; nothing where it leads somewhere."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    if parts.path.startswith("/"):
        return "is absolute"
    target = (ROOT / page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else ROOT / page
    if not target.is_relative_to(ROOT):
        return "leaves the project"
    if not target.exists():
        return "no such file"
    if not parts.fragment:
        return None
    if target.suffix != ".md":
        return "has an anchor, and is no page"
    known = anchors(target.relative_to(ROOT))
    return None if parts.fragment in known else f"no such heading; there is {sorted(known)}"


def test_every_link_leads_to_a_file_and_heading():
    broken = [f"{p}: {link}: {why}" for p in PAGES for link in links(p) if (why := trouble_of(p, link))]

    assert sum(len(links(p)) for p in PAGES) > 20
    assert broken == []


def test_files_that_pages_name_exist():
    """Paths from the project's root between backquotes, as `core/step.h`; a build makes those below build/."""
    named = re.compile(r"`((?:consumers|core|deploy|loadtest|producers|schemas|tests)/[\w./-]+)`")
    paths = [(page, path) for page in PAGES for path in named.findall(text(page))]

    assert len(paths) > 20
    assert [f"{page}: {path}" for page, path in paths if not (ROOT / path).exists()] == []


def test_every_page_is_reached_from_the_front_page():
    reached, todo = set(), [pathlib.Path("README.md")]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in links(page):
            path = urllib.parse.urlsplit(link).path
            target = (ROOT / page.parent / path).resolve()
            if path.endswith(".md") and target.is_file():
                todo.append(target.relative_to(ROOT))

    assert set(PAGES) - reached == set()
