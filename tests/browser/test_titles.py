"""The page's name for a song that the catalogue does not have."""

import json
import time

from players import Player
from servers import wait_until

WITHIN_S = 20
SONGS = {"J\u00f3ga": "Bj\u00f6rk", "Train in Vain": "The Clash"}


def submit(player):
    listens = [
        {"listened_at": int(time.time()) - 200 * n, "track_metadata": {"artist_name": SONGS[title], "track_name": title}}
        for n, title in enumerate(SONGS, 1)
    ]
    body = json.dumps({"listen_type": "import", "payload": listens})
    answer = player.gateway.ask("POST", "/1/submit-listens", body, Authorization=f"Token {player.token}")
    assert answer.status == 200


def test_a_submitted_song_is_read_by_its_name(new_page, gateway):
    ada = Player(gateway, "ada")
    submit(ada)
    gateway.pipeline.wait_drained()
    page = new_page().open()
    names = lambda: page.tab.eval_on_selector_all(  # noqa: E731
        "#list > li", "rows => rows.map(row => [row.querySelector('.name'), row.querySelector('.by')].map(e => e.textContent))"
    )

    def named():
        ada.post(ada.heard("t-1"))
        return [title for title, _ in names() if title in SONGS]

    wait_until(named, WITHIN_S, "a submitted song is listed")
    for title, artist in names():
        assert SONGS.get(title, artist) == artist
    assert "name:" not in page.text("main")
    page.shoot("titles")
