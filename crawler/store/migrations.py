"""The tables of the SQLite store, as the steps that made them: step n brings schema n-1 to n.

A step that was released is never edited; a change is a new step at the end.
"""

from __future__ import annotations

# Columns that are searched or sorted by are columns; the rest of a value is JSON in ``value``, last
# in its row, so that a scan of the others does not read it. Times are microseconds since 1970.

_ARTICLES = (
    """
    CREATE TABLE articles (
        doc INTEGER PRIMARY KEY,           -- ascending with the first save: the oldest postings come first
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        at INTEGER NOT NULL,               -- publication, else first sight
        first_seen INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        title TEXT,
        text TEXT NOT NULL,
        value TEXT NOT NULL                -- the article without title and text
    )
    """,
    "CREATE INDEX articles_newest ON articles (at DESC, id)",
    "CREATE INDEX articles_of_source ON articles (source, at DESC, id)",
    "CREATE INDEX articles_seen ON articles (first_seen)",
    """
    CREATE TABLE versions (
        doc INTEGER NOT NULL REFERENCES articles (doc) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        last_seen INTEGER NOT NULL,
        title TEXT,
        text TEXT NOT NULL
    )
    """,
    "CREATE INDEX versions_of_article ON versions (doc)",
    """
    CREATE VIRTUAL TABLE article_words USING fts5 (
        title, text, content='articles', content_rowid='doc', tokenize='unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE TRIGGER articles_words_added AFTER INSERT ON articles BEGIN
        INSERT INTO article_words (rowid, title, text) VALUES (new.doc, new.title, new.text);
    END
    """,
    """
    CREATE TRIGGER articles_words_gone AFTER DELETE ON articles BEGIN
        INSERT INTO article_words (article_words, rowid, title, text) VALUES ('delete', old.doc, old.title, old.text);
    END
    """,
    """
    CREATE TRIGGER articles_words_changed AFTER UPDATE OF title, text ON articles
    WHEN old.title IS NOT new.title OR old.text IS NOT new.text BEGIN
        INSERT INTO article_words (article_words, rowid, title, text) VALUES ('delete', old.doc, old.title, old.text);
        INSERT INTO article_words (rowid, title, text) VALUES (new.doc, new.title, new.text);
    END
    """,
)

_FACTS = (
    """
    CREATE TABLE claims (
        doc INTEGER NOT NULL REFERENCES articles (doc) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        link TEXT,                         -- id of the page it links
        value TEXT NOT NULL,
        PRIMARY KEY (doc, position)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX claims_linking ON claims (link) WHERE link IS NOT NULL",
    """
    CREATE TABLE schemes (
        scheme INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        articles INTEGER NOT NULL DEFAULT 0  -- how many have a fingerprint of this scheme
    )
    """,
    """
    CREATE TABLE fingerprints (
        doc INTEGER PRIMARY KEY REFERENCES articles (doc) ON DELETE CASCADE,
        scheme INTEGER NOT NULL REFERENCES schemes (scheme),
        digest TEXT NOT NULL,
        hashes BLOB NOT NULL               -- 8 bytes each, little-endian
    )
    """,
    "CREATE INDEX fingerprints_same_text ON fingerprints (digest)",
    """
    CREATE TABLE postings (
        scheme INTEGER NOT NULL,
        hash INTEGER NOT NULL,
        doc INTEGER NOT NULL,
        PRIMARY KEY (scheme, hash, doc)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE matches (
        left_id TEXT NOT NULL,
        right_id TEXT NOT NULL,
        value TEXT NOT NULL,
        CHECK (left_id < right_id)
    )
    """,
    "CREATE UNIQUE INDEX matches_of_left ON matches (left_id, right_id)",
    "CREATE INDEX matches_of_right ON matches (right_id, left_id)",
)

_JUDGEMENTS = (
    """
    CREATE TABLE lineages (
        id TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL,
        origin_source TEXT,
        verdict TEXT,
        value TEXT NOT NULL
    )
    """,
    "CREATE INDEX lineages_by_role ON lineages (role)",
    "CREATE INDEX lineages_by_origin ON lineages (origin_source)",
    "CREATE INDEX lineages_by_verdict ON lineages (verdict)",
    """
    CREATE TABLE lineage_history (
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        decided_at INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (id, revision)
    )
    """,
    """
    CREATE TABLE edges (
        copy TEXT NOT NULL REFERENCES lineages (id) ON DELETE CASCADE,
        rival INTEGER NOT NULL,            -- 0: a parent, 1: a rival of one
        position INTEGER NOT NULL,
        parent TEXT NOT NULL,
        external INTEGER NOT NULL,
        PRIMARY KEY (copy, rival, position)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX edges_of_parent ON edges (parent, rival, copy)",
    # articles to be judged again
    "CREATE TABLE left_over (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
)

_CRAWL = (
    """
    CREATE TABLE feeds (
        url TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE entries (
        key TEXT NOT NULL PRIMARY KEY,
        source TEXT NOT NULL,
        state TEXT NOT NULL,               -- pending, done, failed
        tries INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        reason TEXT,
        value TEXT                         -- gone once settled
    )
    """,
    "CREATE INDEX entries_pending ON entries (source, tries, first_seen, key) WHERE state = 'pending'",
    "CREATE INDEX entries_settled ON entries (last_seen) WHERE state <> 'pending'",
    """
    CREATE TABLE alerts (
        key TEXT NOT NULL PRIMARY KEY,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        not_before INTEGER,
        value TEXT NOT NULL
    )
    """,
    "CREATE INDEX alerts_by_state ON alerts (state, created_at, key)",
    "CREATE INDEX alerts_newest ON alerts (created_at DESC, key)",
)

# Apart from the matches, for nothing that is judged reads them, however many there are.
_REJECTED = (
    """
    CREATE TABLE rejected (
        left_id TEXT NOT NULL,
        right_id TEXT NOT NULL,
        value TEXT NOT NULL,
        CHECK (left_id < right_id)
    )
    """,
    "CREATE UNIQUE INDEX rejected_of_left ON rejected (left_id, right_id)",
    "CREATE INDEX rejected_of_right ON rejected (right_id, left_id)",
)

_REVIEWS = (
    """
    CREATE TABLE reviews (
        copy TEXT NOT NULL,
        at INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (copy, at)
    ) WITHOUT ROWID
    """,
)

# New postings go to "tail", then to "recent", then to "postings": see crawler.store.postings.
_POSTINGS_IN_STEPS = (
    """
    CREATE TABLE tail (
        row INTEGER PRIMARY KEY,
        scheme INTEGER NOT NULL,
        doc INTEGER NOT NULL,
        hashes BLOB NOT NULL               -- 6 bytes each, little-endian
    )
    """,
    """
    CREATE TABLE recent (
        scheme INTEGER NOT NULL,
        hash INTEGER NOT NULL,
        doc INTEGER NOT NULL,
        PRIMARY KEY (scheme, hash, doc)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE merging (                 -- one row: how far the postings have come
        generation INTEGER NOT NULL,       -- changes when rows of the tail go or change
        batch INTEGER,                     -- the tail's rows up to this one are on their way; null: none
        tail_scheme INTEGER NOT NULL,      -- the last posting of the batch that is in "recent"
        tail_hash INTEGER NOT NULL,
        tail_doc INTEGER NOT NULL,
        recent_scheme INTEGER NOT NULL,    -- the last posting that went on from "recent"
        recent_hash INTEGER NOT NULL,
        recent_doc INTEGER NOT NULL,
        recent_rows INTEGER NOT NULL
    )
    """,
    "INSERT INTO merging VALUES (0, NULL, 0, 0, 0, 0, 0, 0, 0)",
    "ALTER TABLE fingerprints ADD COLUMN width INTEGER NOT NULL DEFAULT 8",  # bytes of a hash, little-endian
)

_EARLIER = (
    # Of one content the last row is kept: the others say nothing that it does not.
    "DELETE FROM versions WHERE rowid NOT IN (SELECT max(rowid) FROM versions GROUP BY doc, content_hash)",
    "DROP INDEX versions_of_article",
    "CREATE UNIQUE INDEX versions_of_article ON versions (doc, content_hash)",
    """
    CREATE TABLE earlier_fingerprints (    -- of texts that an article had before
        doc INTEGER NOT NULL REFERENCES articles (doc) ON DELETE CASCADE,
        content_hash TEXT NOT NULL,
        last_seen INTEGER NOT NULL,
        scheme INTEGER NOT NULL REFERENCES schemes (scheme),
        digest TEXT NOT NULL,
        hashes BLOB NOT NULL,              -- 6 bytes each, little-endian
        PRIMARY KEY (doc, content_hash)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX earlier_same_text ON earlier_fingerprints (digest)",
    "CREATE INDEX fingerprints_of_scheme ON fingerprints (scheme, doc)",
)

_COPYING = (
    """
    CREATE TABLE refused (                 -- documents that another store would not take, and that came with its copy
        place TEXT NOT NULL,
        id TEXT NOT NULL,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (place, id)
    )
    """,
    "CREATE TABLE markers (name TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL)",
)

# A note of this store raises no alerts; one that came with a copy of another store may, there.
_QUIET = ("ALTER TABLE left_over ADD COLUMN quiet INTEGER NOT NULL DEFAULT 1",)

_STOPS = ("CREATE TABLE stops (id TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",)

_NOT_BEFORE = ("ALTER TABLE entries ADD COLUMN not_before INTEGER",)  # null: at once

_GAPS = (
    """
    CREATE TABLE gaps (                    -- stretches in which a feed was not seen
        feed TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,                     -- null: it lasts
        source TEXT NOT NULL,
        caught_up INTEGER NOT NULL,        -- 1: nothing was missed
        value TEXT NOT NULL,
        PRIMARY KEY (feed, since)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX gaps_newest ON gaps (since DESC, feed) WHERE caught_up = 0",
    "CREATE INDEX gaps_of_source ON gaps (source, since DESC, feed)",
    "CREATE INDEX entries_of_source ON entries (source, first_seen DESC, key) WHERE state <> 'pending'",
)

# Pages that are looked at again are in a state of their own: settled are those that are done or failed.
_REVISITS = (
    "CREATE INDEX entries_revisits ON entries (not_before, key) WHERE state = 'revisit'",
    "DROP INDEX entries_settled",
    "CREATE INDEX entries_settled ON entries (last_seen) WHERE state IN ('done', 'failed')",
    "DROP INDEX entries_of_source",
    "CREATE INDEX entries_of_source ON entries (source, first_seen DESC, key) WHERE state IN ('done', 'failed')",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (*_ARTICLES, *_FACTS, *_JUDGEMENTS, *_CRAWL),
    _REVIEWS,
    _REJECTED,
    _COPYING,
    (*_POSTINGS_IN_STEPS, *_EARLIER),
    _QUIET,
    _STOPS,
    _NOT_BEFORE,
    _GAPS,
    _REVISITS,
)
