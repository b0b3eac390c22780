-- Changes that a hub was asked for under a key of the client's: each is made once, however often
-- it is asked for. A row is written in the transaction of its change.

CREATE TABLE hub_requests (
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 256),
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of what was asked: the same key with another is refused.
    request TEXT NOT NULL CHECK (length(request) = 71),
    -- Of the one time that it is carried out.
    carrying TEXT NOT NULL CHECK (length(carrying) BETWEEN 1 AND 64),
    -- Wall-clock milliseconds.
    at_ms INTEGER NOT NULL,
    -- What was answered; NULL until it is.
    status INTEGER CHECK (status BETWEEN 100 AND 599),
    head TEXT,
    body BLOB,
    PRIMARY KEY (subject, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX hub_requests_by_age ON hub_requests (at_ms);
