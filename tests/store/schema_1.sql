-- A store as the first release made it: the tables of schema 1, two articles, one of them edited, one copied.
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
    );
CREATE INDEX articles_newest ON articles (at DESC, id);
CREATE INDEX articles_of_source ON articles (source, at DESC, id);
CREATE INDEX articles_seen ON articles (first_seen);
CREATE TABLE versions (
        doc INTEGER NOT NULL REFERENCES articles (doc) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        last_seen INTEGER NOT NULL,
        title TEXT,
        text TEXT NOT NULL
    );
CREATE INDEX versions_of_article ON versions (doc);
CREATE VIRTUAL TABLE article_words USING fts5 (
        title, text, content='articles', content_rowid='doc', tokenize='unicode61 remove_diacritics 2'
    );
CREATE TRIGGER articles_words_added AFTER INSERT ON articles BEGIN
        INSERT INTO article_words (rowid, title, text) VALUES (new.doc, new.title, new.text);
    END;
CREATE TRIGGER articles_words_gone AFTER DELETE ON articles BEGIN
        INSERT INTO article_words (article_words, rowid, title, text) VALUES ('delete', old.doc, old.title, old.text);
    END;
CREATE TRIGGER articles_words_changed AFTER UPDATE OF title, text ON articles
    WHEN old.title IS NOT new.title OR old.text IS NOT new.text BEGIN
        INSERT INTO article_words (article_words, rowid, title, text) VALUES ('delete', old.doc, old.title, old.text);
        INSERT INTO article_words (rowid, title, text) VALUES (new.doc, new.title, new.text);
    END;
CREATE TABLE claims (
        doc INTEGER NOT NULL REFERENCES articles (doc) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        link TEXT,                         -- id of the page it links
        value TEXT NOT NULL,
        PRIMARY KEY (doc, position)
    ) WITHOUT ROWID;
CREATE INDEX claims_linking ON claims (link) WHERE link IS NOT NULL;
CREATE TABLE schemes (
        scheme INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        articles INTEGER NOT NULL DEFAULT 0  -- how many have a fingerprint of this scheme
    );
CREATE TABLE fingerprints (
        doc INTEGER PRIMARY KEY REFERENCES articles (doc) ON DELETE CASCADE,
        scheme INTEGER NOT NULL REFERENCES schemes (scheme),
        digest TEXT NOT NULL,
        hashes BLOB NOT NULL               -- 8 bytes each, little-endian
    );
CREATE INDEX fingerprints_same_text ON fingerprints (digest);
CREATE TABLE postings (
        scheme INTEGER NOT NULL,
        hash INTEGER NOT NULL,
        doc INTEGER NOT NULL,
        PRIMARY KEY (scheme, hash, doc)
    ) WITHOUT ROWID;
CREATE TABLE matches (
        left_id TEXT NOT NULL,
        right_id TEXT NOT NULL,
        value TEXT NOT NULL,
        CHECK (left_id < right_id)
    );
CREATE UNIQUE INDEX matches_of_left ON matches (left_id, right_id);
CREATE INDEX matches_of_right ON matches (right_id, left_id);
CREATE TABLE lineages (
        id TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL,
        origin_source TEXT,
        verdict TEXT,
        value TEXT NOT NULL
    );
CREATE INDEX lineages_by_role ON lineages (role);
CREATE INDEX lineages_by_origin ON lineages (origin_source);
CREATE INDEX lineages_by_verdict ON lineages (verdict);
CREATE TABLE lineage_history (
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        decided_at INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (id, revision)
    );
CREATE TABLE edges (
        copy TEXT NOT NULL REFERENCES lineages (id) ON DELETE CASCADE,
        rival INTEGER NOT NULL,            -- 0: a parent, 1: a rival of one
        position INTEGER NOT NULL,
        parent TEXT NOT NULL,
        external INTEGER NOT NULL,
        PRIMARY KEY (copy, rival, position)
    ) WITHOUT ROWID;
CREATE INDEX edges_of_parent ON edges (parent, rival, copy);
CREATE TABLE left_over (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE feeds (
        url TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    );
CREATE TABLE entries (
        key TEXT NOT NULL PRIMARY KEY,
        source TEXT NOT NULL,
        state TEXT NOT NULL,               -- pending, done, failed
        tries INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        reason TEXT,
        value TEXT                         -- gone once settled
    );
CREATE INDEX entries_pending ON entries (source, tries, first_seen, key) WHERE state = 'pending';
CREATE INDEX entries_settled ON entries (last_seen) WHERE state <> 'pending';
CREATE TABLE alerts (
        key TEXT NOT NULL PRIMARY KEY,
        state TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        not_before INTEGER,
        value TEXT NOT NULL
    );
CREATE INDEX alerts_by_state ON alerts (state, created_at, key);
CREATE INDEX alerts_newest ON alerts (created_at DESC, key);
INSERT INTO "schemes" VALUES(1,'spaced4-winnow9/1',2);
INSERT INTO "articles" VALUES(1,'8f0efe9b7b53e1a103304304ebdb4ca0998aa338','post',1709294400000000,1709294700000000,'867f59da98eecd2fa87599487d8acc33a70edd77fc98ae47a5460931690f7752','The story','Valley court captain wrote early coast answer engine bridge found photo market. Harvest broken near editor letter timber office quarter river worker printer speech. Painter lawyer photo until question because said former miner village miner loud. Reader question witness council photo lawyer present speech broke raised story carried. Moved museum pump judge worker mayor morning mayor small reader full quiet.','{"id":"8f0efe9b7b53e1a103304304ebdb4ca0998aa338","url":"https://post.example/story","canonical_url":null,"source":{"id":"post","name":"Harbour Post","domain":"post.example"},"title":null,"authors":[],"byline":null,"language":null,"published":{"at":"2024-03-01T12:00:00Z","precision":"second","zone_known":true,"basis":"given"},"modified":null,"first_seen_at":"2024-03-01T12:05:00Z","last_seen_at":"2024-03-01T16:00:00Z","absent_at":null,"text":"","summary":null,"tags":[],"links":[],"media":[],"license":null,"content_hash":"867f59da98eecd2fa87599487d8acc33a70edd77fc98ae47a5460931690f7752","word_count":60,"version":2,"capture":null,"links_lost":false}');
INSERT INTO "articles" VALUES(2,'2af6d80d2281d6d37b4b682a05e95c3d76f0a580','meridian',1709326800000000,1709327100000000,'525d4263ab8d4d146d987e3ac57eac9339f2cec60a99c4269c4e911968fafe21','The story','Valley court captain wrote early coast answer engine bridge found photo market. Harvest broken near editor letter timber office quarter river worker printer speech. Painter lawyer photo until question because said former miner village miner loud. Reader question witness council photo lawyer present speech broke raised story carried. Moved museum pump judge worker mayor morning mayor small reader full quiet.

This article was originally published by Harbour Post.','{"id":"2af6d80d2281d6d37b4b682a05e95c3d76f0a580","url":"https://meridian.example/story","canonical_url":null,"source":{"id":"meridian","name":"Meridian","domain":"meridian.example"},"title":null,"authors":[],"byline":null,"language":null,"published":{"at":"2024-03-01T21:00:00Z","precision":"second","zone_known":true,"basis":"given"},"modified":null,"first_seen_at":"2024-03-01T21:05:00Z","last_seen_at":"2024-03-01T21:05:00Z","absent_at":null,"text":"","summary":null,"tags":[],"links":[],"media":[],"license":null,"content_hash":"525d4263ab8d4d146d987e3ac57eac9339f2cec60a99c4269c4e911968fafe21","word_count":68,"version":1,"capture":null,"links_lost":false}');
INSERT INTO "versions" VALUES(1,1,'243fa6e7fa8e811c8513f80330d3a9894d7b0e1e35ee6345e8aea78161879329',1709294700000000,'The story','Valley police during loud fisher night quiet worker pump speech quiet loud. Wrote winter pump winter broken said night fisher tower vote court winter. Paper loud said lowered wrote agreed doctor beyond report budget doctor local. Season worker counted court closed former again without built pump because winter. Reader museum over captain quarter paper page garden fisher late late question.');
INSERT INTO "claims" VALUES(2,0,NULL,'{"kind":"credit","marker":"EN-02","strength":"strong","name":"Harbour Post","url":null,"source_id":"post","domain":"post.example","linked":"unknown","date":null,"quote":"This article was originally published by Harbour Post.","where":"foot"}');
INSERT INTO "fingerprints" VALUES(1,1,'41368c20b1b0c37d037a6c2c52b85526',X'98601EF5DC020000F26CEBFD680C00008ECE2B4DEA0E000090D77124C71A0000075BB885FA1C000072CDC2A167250000684AB981AB2B0000CC3F01F7412D00005193563BDC340000EADB099483380000364655EE8B3F0000');
INSERT INTO "fingerprints" VALUES(2,1,'f9b0466c2d4d529aaf645cf2bcd05a55',X'98601EF5DC020000F26CEBFD680C00008ECE2B4DEA0E000090D77124C71A0000075BB885FA1C000072CDC2A167250000684AB981AB2B0000CC3F01F7412D00005193563BDC340000EADB099483380000364655EE8B3F0000995A6A98C64000004F67E057314C0000');
INSERT INTO "postings" VALUES(1,3148028469400,1);
INSERT INTO "postings" VALUES(1,3148028469400,2);
INSERT INTO "postings" VALUES(1,13645076196594,1);
INSERT INTO "postings" VALUES(1,13645076196594,2);
INSERT INTO "postings" VALUES(1,16399479852686,1);
INSERT INTO "postings" VALUES(1,16399479852686,2);
INSERT INTO "postings" VALUES(1,29442612254608,1);
INSERT INTO "postings" VALUES(1,29442612254608,2);
INSERT INTO "postings" VALUES(1,31862310853383,1);
INSERT INTO "postings" VALUES(1,31862310853383,2);
INSERT INTO "postings" VALUES(1,41127025757554,1);
INSERT INTO "postings" VALUES(1,41127025757554,2);
INSERT INTO "postings" VALUES(1,48015615806056,1);
INSERT INTO "postings" VALUES(1,48015615806056,2);
INSERT INTO "postings" VALUES(1,49761340178380,1);
INSERT INTO "postings" VALUES(1,49761340178380,2);
INSERT INTO "postings" VALUES(1,58120492979025,1);
INSERT INTO "postings" VALUES(1,58120492979025,2);
INSERT INTO "postings" VALUES(1,62137775545322,1);
INSERT INTO "postings" VALUES(1,62137775545322,2);
INSERT INTO "postings" VALUES(1,69870231569974,1);
INSERT INTO "postings" VALUES(1,69870231569974,2);
INSERT INTO "postings" VALUES(1,71221704809113,2);
INSERT INTO "postings" VALUES(1,83774811432783,2);
INSERT INTO "matches" VALUES('2af6d80d2281d6d37b4b682a05e95c3d76f0a580','8f0efe9b7b53e1a103304304ebdb4ca0998aa338','{"left":"2af6d80d2281d6d37b4b682a05e95c3d76f0a580","right":"8f0efe9b7b53e1a103304304ebdb4ca0998aa338","shared":{"kind":"near_copy","coverage_left":0.8823529411764706,"coverage_right":1.0,"similarity":0.9375,"passages":[{"left":[0,409],"right":[0,409],"words":60,"kind":"own"}],"reason":null}}');
INSERT INTO "lineages" VALUES('8f0efe9b7b53e1a103304304ebdb4ca0998aa338','original',NULL,NULL,'{"role":"original","kind":null,"origin":null,"parents":[],"rivals":[],"depth":0,"delay_seconds":null,"confidence":null,"copies":1,"attribution":null,"revision":1,"decided_at":"2024-03-01T12:00:00Z"}');
INSERT INTO "lineages" VALUES('2af6d80d2281d6d37b4b682a05e95c3d76f0a580','derived','post','unknown','{"role":"derived","kind":"copy","origin":{"id":"8f0efe9b7b53e1a103304304ebdb4ca0998aa338","url":"https://post.example/story","title":"The story","published":{"at":"2024-03-01T12:00:00Z","precision":"second","zone_known":true,"basis":"given"},"source":{"id":"post","name":"Harbour Post","domain":"post.example"},"external":false},"parents":[{"copy":"2af6d80d2281d6d37b4b682a05e95c3d76f0a580","parent":{"id":"8f0efe9b7b53e1a103304304ebdb4ca0998aa338","url":"https://post.example/story","title":"The story","published":{"at":"2024-03-01T12:00:00Z","precision":"second","zone_known":true,"basis":"given"},"source":{"id":"post","name":"Harbour Post","domain":"post.example"},"external":false},"kind":"copy","coverage":0.8824,"confidence":0.99,"level":"confirmed","evidence":[{"type":"credit","weight":5.0,"value":"This article was originally published by Harbour Post.","where":"foot"},{"type":"time","weight":5.0,"value":"published 9 hours before","where":"time"},{"type":"shell","weight":1.0,"value":"the whole of it, with words added","where":"text"}],"attribution":{"verdict":"unknown","credited":"yes","linked":"unknown","credited_as":"Harbour Post","link":null,"criteria":[{"id":"D1","answer":"yes","note":"","quote":"This article was originally published by Harbour Post."},{"id":"D2","answer":"unknown","note":"the links of the page are not known","quote":""},{"id":"D3","answer":"unknown","note":"the links of the page are not known","quote":""},{"id":"D4","answer":"no","note":"","quote":""},{"id":"D5","answer":"yes","note":"foot","quote":"This article was originally published by Harbour Post."},{"id":"D6","answer":"n.a.","note":"the original names no person","quote":""},{"id":"D7","answer":"yes","note":"the same day, 2024-03-01","quote":""},{"id":"D8","answer":"yes","note":"","quote":""},{"id":"D9","answer":"n.a.","note":"","quote":""},{"id":"D10","answer":"n.a.","note":"the original has none","quote":""},{"id":"D11","answer":"unknown","note":"no policy on file","quote":""},{"id":"D12","answer":"n.a.","note":"no copy of a copy","quote":""}]}}],"rivals":[],"depth":1,"delay_seconds":32400.0,"confidence":0.99,"copies":0,"attribution":{"verdict":"unknown","credited":"yes","linked":"unknown","credited_as":"Harbour Post","link":null,"criteria":[{"id":"D1","answer":"yes","note":"","quote":"This article was originally published by Harbour Post."},{"id":"D2","answer":"unknown","note":"the links of the page are not known","quote":""},{"id":"D3","answer":"unknown","note":"the links of the page are not known","quote":""},{"id":"D4","answer":"no","note":"","quote":""},{"id":"D5","answer":"yes","note":"foot","quote":"This article was originally published by Harbour Post."},{"id":"D6","answer":"n.a.","note":"the original names no person","quote":""},{"id":"D7","answer":"yes","note":"the same day, 2024-03-01","quote":""},{"id":"D8","answer":"yes","note":"","quote":""},{"id":"D9","answer":"n.a.","note":"","quote":""},{"id":"D10","answer":"n.a.","note":"the original has none","quote":""},{"id":"D11","answer":"unknown","note":"no policy on file","quote":""},{"id":"D12","answer":"n.a.","note":"no copy of a copy","quote":""}]},"revision":1,"decided_at":"2024-03-01T12:00:00Z"}');
INSERT INTO "edges" VALUES('2af6d80d2281d6d37b4b682a05e95c3d76f0a580',0,0,'8f0efe9b7b53e1a103304304ebdb4ca0998aa338',0);
PRAGMA application_id = 1668314226;
PRAGMA user_version = 1;
