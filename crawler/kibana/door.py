"""Puts saved objects into a Kibana through its API."""

from __future__ import annotations

import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from crawler.errors import InputError, KibanaError

TIMEOUT_SECONDS = 60.0
LARGEST_ANSWER = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to sign in: a key, or a user and password, or neither."""

    api_key: str | None = None
    user: str | None = None
    password: str | None = None

    def header(self) -> Mapping[str, str]:
        if self.api_key:
            return {"Authorization": f"ApiKey {self.api_key}"}
        if self.user:
            pair = f"{self.user}:{self.password or ''}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}


def put_in(url: str, objects: str, *, space: str | None = None, access: Access | None = None) -> int:
    """Import *objects* (NDJSON) into the Kibana at *url*, replacing those of the same id; return how many were taken.

    Raises KibanaError where it cannot be reached, does not let us in, is no Kibana, or takes only some of them.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"not the address of a Kibana (https://kibana.example:5601): {url[:200]!r}")
    if parts.username or parts.password:
        raise InputError("a password has no place in Kibana's address: set it in the environment instead")
    if access and access.header() and parts.scheme == "http" and not _stays_near(parts.hostname or ""):
        raise InputError("a password or key would go over the network unencrypted: give Kibana's https:// address")
    inside = f"/s/{quote(space, safe='')}" if space else ""
    at = f"{url.rstrip('/')}{inside}/api/saved_objects/_import?overwrite=true"
    answer = _sent(at, objects, access or Access(), shown=url)
    return _taken(answer, shown=url)


def _stays_near(host: str) -> bool:
    """Say whether *host* is this machine, or a name that only means something in one local network of containers."""
    return host in ("127.0.0.1", "::1") or "." not in host


def _sent(at: str, objects: str, access: Access, *, shown: str) -> Any:
    mark = secrets.token_hex(16)
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="copytrail.ndjson"\r\n'
        f"Content-Type: application/ndjson\r\n\r\n{objects}\r\n--{mark}--\r\n"
    ).encode()
    headers = {"kbn-xsrf": "true", "Content-Type": f"multipart/form-data; boundary={mark}", **access.header()}
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(urllib.request.Request(at, body, headers), timeout=TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        raise KibanaError(_refusal(error, shown)) from error
    except ValueError as error:
        raise KibanaError(f"{shown} does not answer as Kibana does: is this its address, base path and all?") from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise KibanaError(f"{shown} cannot be reached: {reason}: is Kibana running there?") from error


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would take the password along."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _refusal(error: urllib.error.HTTPError, shown: str) -> str:
    if error.code == 401:
        return (
            f"{shown} wants another user or key: set COPYTRAIL_SECRET_KIBANA_API_KEY, or COPYTRAIL_SECRET_KIBANA_USER "
            "and COPYTRAIL_SECRET_KIBANA_PASSWORD, in the environment"
        )
    if error.code == 403:
        return f"{shown} does not allow it: the user needs the privilege to manage saved objects in that space"
    if error.code == 404:
        return f"{shown} has no such address: is it a Kibana, is its base path there, and is there such a space?"
    if error.code in (502, 503, 504):
        return f"{shown} is not ready ({error.code}): try again when Kibana has started"
    if 300 <= error.code < 400:
        return f"{shown} sends us elsewhere ({error.headers.get('Location', '?')[:200]}): give that address instead"
    return f"{shown} refused the objects ({error.code}): {_said(error)}"


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(LARGEST_ANSWER))["message"])[:300]
    except (ValueError, KeyError, TypeError, OSError):
        return str(error.reason)[:300]


def _taken(answer: Any, *, shown: str) -> int:
    if not isinstance(answer, dict) or "successCount" not in answer:
        raise KibanaError(f"{shown} does not answer as Kibana does: is this its address, base path and all?")
    if not answer.get("success"):
        refused = answer.get("errors") or []
        one = refused[0] if refused and isinstance(refused[0], dict) else {}
        error = one.get("error") or {}
        why = error.get("type", "no reason given")
        missing = ", ".join(f"{ref.get('type')} {ref.get('id')}" for ref in error.get("references", ()))
        raise KibanaError(
            f"{shown} took {answer['successCount']} objects and refused {len(refused)}, the first of them "
            f"{one.get('type')} {one.get('id')!r}: {why}" + (f": {missing}" if missing else "")
        )
    return int(answer["successCount"])
