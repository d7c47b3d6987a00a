"""Who may do what: a token from the environment, sent as a bearer or signed in with once; no session is stored.

A browser that signed in holds a cookie with a name and a time in it, signed with the token; a form of ours carries a
second signature of that cookie, which no other site can know.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

COOKIE = "copytrail"
LASTS = timedelta(hours=12)
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whoever asks. ``name`` as they signed in; ``form`` is what their forms must carry."""

    name: str | None = None
    bearer: bool = False
    form: str | None = None

    @property
    def trusted(self) -> bool:
        """Whether they have shown the token."""
        return self.bearer or self.name is not None


class Keys:
    """Checks the token and what was signed with it. Without a token nobody is ever trusted."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None

    @property
    def there(self) -> bool:
        """Whether there is a token at all."""
        return self._token is not None

    def is_token(self, said: str) -> bool:
        return self._token is not None and hmac.compare_digest(said.encode("utf-8", "replace"), self._token)

    def reader(self, authorization: str | None, cookie: str | None, now: datetime) -> Reader:
        """Return who sent these two headers."""
        scheme, _, said = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(said.strip()):
            return Reader(bearer=True)
        name = self._name(cookie, now) if cookie else None
        return Reader(name=name, form=self._signed("form", cookie) if name and cookie else None)

    def cookie(self, name: str, now: datetime) -> str:
        """Return the cookie of somebody who has shown the token."""
        until = int((now + LASTS).timestamp())
        told = f"{until}.{base64.urlsafe_b64encode(name.encode()).decode().rstrip('=')}"
        return f"{told}.{self._signed('cookie', told)}"

    def _name(self, cookie: str, now: datetime) -> str | None:
        told, _, signature = cookie.rpartition(".")
        until, _, name = told.partition(".")
        if self._token is None or len(cookie) > _LONGEST or not cookie.isascii():
            return None
        if not hmac.compare_digest(signature, self._signed("cookie", told)) or now.timestamp() >= int(until):
            return None
        return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()

    def _signed(self, what: str, text: str) -> str:
        assert self._token is not None
        return hmac.new(self._token, f"{what}\n{text}".encode(), sha256).hexdigest()

    def is_form(self, reader: Reader, said: str) -> bool:
        """Say whether a form came from a page of ours that *reader* was shown."""
        return reader.form is not None and hmac.compare_digest(said.encode("utf-8", "replace"), reader.form.encode())
