"""With security on: each role of config/elasticsearch/roles.json allows what it is for, and no more."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from crawler.errors import StoreError
from crawler.store import open_store
from tests.builders import a_fingerprint, a_lineage, an_article
from tests.elastic.server import Server, a_folder

ROLES = Path(__file__).parents[2] / "config" / "elasticsearch" / "roles.json"
USERS = {"admin": "copytrail_admin", "daemon": "copytrail_daemon", "analyst": "copytrail_reader"}


@pytest.fixture(scope="module")
def secured() -> Iterator[Server]:
    """A server that knows our roles, a user of each."""
    server = Server(a_folder(), {"xpack.security.enabled": "true"})
    config = server.home / "config"
    roles = json.loads(ROLES.read_text(encoding="utf-8"))
    (config / "roles.yml").write_text(yaml.safe_dump(roles), encoding="utf-8")
    (config / "users").write_text("".join(f"{user}:{_hashed('pw-' + user)}\n" for user in USERS), encoding="utf-8")
    (config / "users_roles").write_text("".join(f"{r}:{u}\n" for u, r in USERS.items()), encoding="utf-8")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.home.parent, ignore_errors=True)


def _hashed(password: str) -> str:
    salt = os.urandom(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return f"{{PBKDF2}}10000${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def url_of(server: Server, user: str, password: str | None = None) -> str:
    return server.url.replace("://", f"://{user}:{password or 'pw-' + user}@")


def test_the_daemons_role_is_enough_once_the_admin_has_made_the_indices(secured: Server) -> None:
    with pytest.raises(StoreError, match="copytrail_admin"):
        open_store(url_of(secured, "daemon")).status()
    assert open_store(url_of(secured, "admin")).status().articles == 0
    store = open_store(url_of(secured, "daemon"))
    article = an_article()
    store.save_article(article, (), a_fingerprint(article.text))
    store.save_lineage(article.id, a_lineage())
    assert store.refresh()
    status = store.status()
    assert status.articles == 1
    assert "pw-" not in status.url
    store.close()
    reader = open_store(url_of(secured, "analyst"))
    with pytest.raises(StoreError, match="it needs the role copytrail_daemon"):
        reader.save_article(article, (), a_fingerprint(article.text))


@pytest.mark.parametrize(("user", "password"), [("daemon", "wr0ng"), ("nobody", "wr0ng")])
def test_a_wrong_password_is_said_without_showing_it(secured: Server, user: str, password: str) -> None:
    with pytest.raises(StoreError, match="refuses the user") as problem:
        open_store(url_of(secured, user, password)).status()
    assert "wr0ng" not in str(problem.value)
