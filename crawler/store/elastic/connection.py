"""The only place that talks to Elasticsearch: requests, what is tried again, and errors as ours."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from elastic_transport import ApiResponseMeta, ConnectionTimeout, SerializationError, TlsError, TransportError
from elastic_transport import ConnectionError as NoConnection
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    NotFoundError,
    UnsupportedProductError,
)

from crawler.errors import StoreError, StoreUnavailable
from crawler.store.elastic.address import Address

Json = dict[str, Any]

CLIENT = version("elasticsearch")

REQUEST_SECONDS = 60.0  # a bulk half of it: the server gives up first, so that no outcome is left unknown
SEARCHES = 200  # in one request
PATIENCE_SECONDS = 60.0
_AGAIN = (429, 502, 503, 504)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A document as it was read. ``source`` is None where there is none; the numbers say which state it was."""

    source: Json | None = None
    seq_no: int | None = None
    term: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one line of a bulk."""

    status: int
    reason: str = ""

    @property
    def again(self) -> bool:
        return self.status in _AGAIN

    @property
    def kept(self) -> bool:
        return 200 <= self.status < 300


class Connection:
    """Requests to one cluster. Index names are given without the prefix ("articles").

    Every failure leaves as a StoreError that says what to do and shows no password.
    """

    def __init__(
        self,
        address: Address,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self.address = address
        self.patience = patience_seconds
        self.request = request_seconds
        self._clients: dict[int, Elasticsearch] = {}  # by process: sockets are not shared with a fork

    def name(self, index: str) -> str:
        """Return the alias of *index*."""
        return f"{self.address.prefix}-{index}"

    def close(self) -> None:
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    # reads

    def get(self, keys: Sequence[tuple[str, str]]) -> list[Seen]:
        """Return the documents of those indices and ids as they are now, whatever has been refreshed."""
        found: list[Seen] = []
        for start in range(0, len(keys), 500):
            wanted = [{"_index": self.name(index), "_id": id} for index, id in keys[start : start + 500]]
            answer = self._read(partial(_mget, wanted))
            for one in answer["docs"]:
                if "error" in one:
                    raise self._refused(404, str(one["error"].get("type")))
                if one.get("found"):
                    found.append(Seen(source=one["_source"], seq_no=one["_seq_no"], term=one["_primary_term"]))
                else:
                    found.append(Seen())
        return found

    def search(self, index: str, **body: Any) -> Json:
        """Return the server's answer; never one with shards missing."""
        return self._read(
            lambda client: client.search(
                index=self.name(index), allow_partial_search_results=False, track_total_hits=False, **body
            )
        )

    def open_point(self, indices: Sequence[str], *, keep: str) -> str:
        """Return a name for the state that those indices are in now, as searches see it."""
        names = ",".join(map(self.name, indices))
        return str(self._read(lambda client: client.open_point_in_time(index=names, keep_alive=keep))["id"])

    def close_point(self, point: str) -> None:
        self._read(lambda client: client.close_point_in_time(id=point))

    def search_at(self, point: str, index: str, *, query: Json, keep: str, **body: Any) -> Json:
        """Return what ``search`` would have answered at that point."""
        here = {"bool": {"filter": [query, {"term": {"_index": self.name(index)}}]}}
        pit = {"id": point, "keep_alive": keep}
        return self._read(
            lambda client: client.search(
                pit=pit, query=here, allow_partial_search_results=False, track_total_hits=False, **body
            )
        )

    def searches(self, asked: Sequence[tuple[str, Json]]) -> list[Json]:
        """Return the server's answer to each search, given as index and body, in their order: one request for a few.

        Scores are by how rare a hash is in all shards, not in that of the hit (Elasticsearch's dfs_query_then_fetch).
        """
        found: list[Json] = []
        for start in range(0, len(asked), SEARCHES):
            lines: list[Json] = []
            for index, body in asked[start : start + SEARCHES]:
                lines += [
                    {"index": self.name(index), "allow_partial_search_results": False, "search_type": _SCORES},
                    {"track_total_hits": False, **body},
                ]
            found += self._read(partial(_msearch, lines))["responses"]
        return found

    def count(self, index: str, query: Json) -> int:
        return int(self._read(lambda client: client.count(index=self.name(index), query=query))["count"])

    def size(self) -> int | None:
        """Return what the indices take on disk."""
        names = f"{self.name('*')}"
        stats = self._read(lambda client: client.indices.stats(index=names, metric="store"))
        return int(stats["_all"]["total"].get("store", {}).get("size_in_bytes", 0)) or None

    def check(self) -> None:
        """Raise StoreUnavailable where our indices could not be written now: they are not whole, or read-only."""
        names = self.name("*")
        if self.health() == "red":
            raise StoreUnavailable(
                f"{self.address.shown} is red: a part of {names} is not there: see how the cluster is"
            )
        blocks = self._read(lambda client: client.cluster.state(metric="blocks", index=names))["blocks"]
        # The server tells of every index that is blocked, whichever are asked about.
        ours = [held for index, held in blocks.get("indices", {}).items() if index.startswith(names.removesuffix("*"))]
        for held in (blocks.get("global", {}), *ours):
            for block in held.values():
                if "write" in block["levels"]:
                    raise self._refused(403, "cluster_block", block["description"])

    def health(self) -> str:
        """Return "green", "yellow" or "red": how our indices are."""
        asked = self._read(lambda client: client.cluster.health(index=self.name("*"), filter_path="status"))
        return str(asked.get("status"))

    def privileges(self, wanted: Sequence[str]) -> dict[str, bool] | None:
        """Return which of the rights *wanted* we have on our indices; None where security is off."""
        names = [self.name("*")]
        rights = [{"names": names, "privileges": list(wanted)}]
        try:
            answer = self._read(lambda client: client.security.has_privileges(index=rights, cluster=["monitor"]))
        except _NoSecurity:
            return None
        return {**answer["index"][names[0]], **answer["cluster"]}

    def time(self) -> datetime:
        """Return what the server's clock shows."""
        asked = self._read(
            lambda client: client.nodes.stats(node_id="_local", metric="os", filter_path="nodes.*.timestamp")
        )
        return datetime.fromtimestamp(next(iter(asked["nodes"].values()))["timestamp"] / 1000, UTC)

    # writes

    def bulk(self, lines: Sequence[Any], *, aliased: bool = True) -> list[Verdict] | None:
        """Send whole action and source lines once; return each action's verdict, or None to send them all again.

        Only aliases are written to, unless *aliased* is False: an index that vanished is not made anew by a write.
        """
        try:
            with self._door():
                answer = self._client().bulk(
                    operations=lines, require_alias=aliased, timeout=f"{self.request * 500:.0f}ms", refresh=False
                )
        except _TryAgain:
            return None
        verdicts = []
        for one in answer["items"]:
            (held,) = one.values()
            error = held.get("error") or {}
            words = f"{error.get('type', '')}: {error.get('reason', '')}"
            cause = (error.get("caused_by") or {}).get("reason")
            verdicts.append(Verdict(held["status"], f"{words}: {cause}" if cause else words))
        return verdicts

    def refresh(self) -> None:
        """Make what was acknowledged visible to searches."""
        self._read(lambda client: client.indices.refresh(index=self.name("*"), ignore_unavailable=True))

    # indices

    def indices(self, names: Sequence[str]) -> Json:
        """Return the indices behind those aliases: aliases, mappings and settings, by their own names."""
        wanted = [self.name(name) for name in names]
        return self._read(lambda client: client.indices.get(index=wanted, ignore_unavailable=True))

    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        self._read(lambda client: client.indices.put_index_template(name=name, **body))

    def template_version(self, name: str) -> int | None:
        """Return the version of that template, or None."""
        try:
            found = self._read(lambda client: client.indices.get_index_template(name=name))
        except _NotThere:
            return None
        return int(found["index_templates"][0]["index_template"].get("version", 0))

    def put_mapping(self, index: str, properties: Mapping[str, Any]) -> None:
        """Add fields to an index; those that are there already stay as they are."""
        self._read(lambda client: client.indices.put_mapping(index=index, properties=properties))

    def create(self, index: str, alias: str | None, *, shards: int | None = None) -> None:
        """Make an index, with an alias to it if one is given; one that is there already is left as it is."""
        aliases = {} if alias is None else {alias: {"is_write_index": True}}
        settings = {} if shards is None else {"index": {"number_of_shards": shards}}
        try:
            self._read(lambda client: client.indices.create(index=index, aliases=aliases, settings=settings))
        except _ThereAlready:
            return

    def version(self) -> str:
        """Return the server's version."""
        nodes = self._read(lambda client: client.nodes.info(node_id="_local", filter_path="nodes.*.version"))
        return str(next(iter(nodes["nodes"].values()))["version"])

    def ask(self, question: Callable[[Elasticsearch], Any]) -> Json:
        """Return the answer to a question that is asked in one place only."""
        return self._read(question)

    # the door

    def _read(self, ask: Callable[[Elasticsearch], Any]) -> Json:
        """Ask, and ask again for a while where the server is busy; a server that is not there is no case for that."""
        pauses = pauses_of(min(self.patience, 10.0))
        while True:
            try:
                with self._door():
                    return dict(ask(self._client()).body)
            except _TryAgain as busy:
                pause = next(pauses, None)
                if pause is None:
                    raise StoreUnavailable(str(busy)) from busy.__cause__
                time.sleep(pause)

    def _client(self) -> Elasticsearch:
        client = self._clients.get(os.getpid())
        if client is None:
            a = self.address
            if a.ca_certs is not None and not Path(a.ca_certs).is_file():
                raise StoreError(f"{a.shown}: ca_certs in the store's URL names no file: {a.ca_certs}")
            options: dict[str, Any] = {
                "basic_auth": (a.user, a.password or "") if a.user is not None else None,
                "api_key": a.api_key,
                "ca_certs": a.ca_certs,
                "ssl_assert_fingerprint": a.fingerprint,
            }
            try:
                client = Elasticsearch(
                    list(a.hosts),
                    request_timeout=self.request,
                    max_retries=len(a.hosts) - 1,  # where one cannot be reached, the next is asked
                    retry_on_timeout=False,
                    retry_on_status=(),
                    **{name: value for name, value in options.items() if value is not None},
                )
            except (ValueError, OSError) as error:
                raise StoreError(f"{a.shown}: {error}: check the store's URL") from error
            self._clients[os.getpid()] = client
        return client

    @contextmanager
    def _door(self) -> Iterator[None]:
        at = self.address.shown
        try:
            yield
        except ConnectionTimeout as error:
            raise _TryAgain(f"{at} did not answer within {self.request:g} s: see how the cluster is") from error
        except TlsError as error:
            raise StoreUnavailable(
                f"{at}: its certificate is not trusted: give ca_certs=FILE or fingerprint=SHA256 in the store's URL"
            ) from error
        except NoConnection as error:
            raise StoreUnavailable(
                f"{at} cannot be reached: is Elasticsearch running there, and is the address in `store:` right?"
            ) from error
        except UnsupportedProductError as error:
            raise StoreUnavailable(f"{at} is not Elasticsearch, or one that this client does not speak to") from error
        except AuthenticationException as error:
            raise StoreUnavailable(f"{at} refuses the user and password or the API key: check `store:`") from error
        except ApiError as error:
            raise self._of_answer(error) from error
        except (SerializationError, TransportError) as error:
            raise StoreUnavailable(f"{at}: an answer that is none of Elasticsearch ({type(error).__name__})") from error

    def _of_answer(self, error: ApiError) -> StoreError:
        kind, reason = _kind_and_reason(error)
        if error.meta.status == TooLarge.STATUS:
            return TooLarge(
                f"{self.address.shown} takes no request as large as that (413): "
                "raise http.max_content_length there, or the limit of the proxy before it"
            )
        if kind == "resource_already_exists_exception":
            return _ThereAlready(reason)
        if error.meta.status in (400, 404, 405, 500) and ("_security" in reason or "ecurity" in kind):
            return _NoSecurity(reason)
        if isinstance(error, NotFoundError) and kind != "index_not_found_exception":
            return _NotThere(reason)
        if kind == "media_type_header_exception":
            return StoreUnavailable(
                f"{self.address.shown} is an older Elasticsearch than this client speaks to: "
                'for 8.x install its client: pip install "copytrail[elasticsearch8]"'
            )
        if error.meta.status in _AGAIN and not _is_read_only(error.meta.status, kind):
            return _TryAgain(f"{self.address.shown} is too busy or not whole ({kind}): see how the cluster is")
        if isinstance(error, AuthorizationException) and kind == "security_exception":
            return StoreUnavailable(
                f"{self.address.shown}: the user may not do that: it needs the role copytrail_daemon of "
                f"config/elasticsearch/roles.json, for `copytrail store init` copytrail_admin ({reason[:300]})"
            )
        return self._refused(error.meta.status, kind, reason)

    def _refused(self, status: int, kind: str, reason: str = "") -> StoreError:
        at = self.address.shown
        if "index_not_found" in kind:
            return StoreUnavailable(f"{at} does not have our indices any more: `copytrail store init` makes them")
        if "cluster_block" in kind and "index write (api)" in reason:
            return StoreUnavailable(
                f"{at}: writes are held back by `copytrail store migrate`: if none is at work, run it to its end"
            )
        if "cluster_block" in kind:
            return StoreUnavailable(f"{at} is read-only: make room on its disks or lift the block ({reason[:200]})")
        return StoreError(f"{at} refused: {status} {kind}: {reason[:300]}")

    def blocked(self, verdict: Verdict) -> StoreError | None:
        """Return the error that *verdict* is for the whole store, not for its one document."""
        kind, _, reason = verdict.reason.partition(": ")
        if verdict.status in (403, 404) or _is_read_only(verdict.status, kind):
            return self._refused(verdict.status, kind, reason)
        return None


class _TryAgain(StoreUnavailable):
    """The server may be able to do it a little later."""


class TooLarge(StoreError):
    """A request that the server, or a proxy before it, does not take for its length."""

    STATUS = 413


class _NoSecurity(StoreError):
    """Security is switched off: nobody has rights, or everybody."""


class _ThereAlready(StoreError):
    """Somebody else made it first."""


class _NotThere(StoreError):
    """What was asked for does not exist."""


def pauses_of(patience: float) -> Iterator[float]:
    """Yield longer and longer pauses, each with some chance in it, until *patience* seconds are over.

    The time that requests take counts, so that one who waits for a server that does not answer waits no longer.
    """
    end, pause = time.monotonic() + patience, _FIRST_PAUSE
    while (left := end - time.monotonic()) > 0:
        yield min(pause * random.uniform(0.5, 1.0), left)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _mget(wanted: Sequence[Json], client: Elasticsearch) -> Any:
    answer = client.mget(docs=wanted)
    for one in answer["docs"]:
        kind = str(one.get("error", {}).get("type", ""))
        if "no_shard_available" in kind:
            raise _TryAgain(f"a part of {one.get('_index')} is not there: see how the cluster is")
    return answer


def _is_read_only(status: int, kind: str) -> bool:
    """Say whether an index may not be written; the same kind with 503 is a cluster that is just choosing its head."""
    return "cluster_block" in kind and status != 503


_SCORES = "dfs_query_then_fetch"


def _msearch(lines: Sequence[Json], client: Elasticsearch) -> Any:
    answer = client.msearch(searches=lines)
    for one in answer["responses"]:
        if "error" in one:
            # As if it had been asked alone: who asked decides what that error means.
            raise ApiError(
                message=str(one["error"].get("type")), meta=_with_status(answer.meta, one["status"]), body=one
            )
    return answer


def _with_status(meta: ApiResponseMeta, status: int) -> ApiResponseMeta:
    return ApiResponseMeta(status, meta.http_version, meta.headers, meta.duration, meta.node)


def _kind_and_reason(error: ApiError) -> tuple[str, str]:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        held = body["error"]
        root = (held.get("root_cause") or [held])[0]
        return str(root.get("type", held.get("type", ""))), str(root.get("reason", held.get("reason", "")))
    return "", json.dumps(body)[:300] if body else str(error.message)[:300]
