-- Webhooks: who is told what of the registry and the fleet, and what became of the telling. An event
-- is written in the transaction of the change that it tells of.

-- Never removed, as keys are: its number is never another's.
CREATE TABLE webhooks (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id >= 1),
    url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    -- Kinds of events, a JSON array; an empty one is all of them.
    events TEXT NOT NULL CHECK (
        length(events) <= 4096 AND json_valid(events) AND json_type(events) = 'array'),
    -- Names of models, with * for any letters.
    models TEXT NOT NULL CHECK (
        length(models) BETWEEN 1 AND 63 AND models NOT GLOB '*[^-a-z0-9*]*'),
    -- 1: addresses of private networks and plain HTTP are good.
    allows_private INTEGER NOT NULL CHECK (allows_private IN (0, 1)),
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL,
    -- When the receiver said that it wants no more.
    ended_at TEXT,
    removed_at TEXT,
    removed_by TEXT,
    CHECK ((removed_at IS NULL) = (removed_by IS NULL))
) STRICT;

CREATE TRIGGER webhooks_immutable
BEFORE UPDATE OF id, url, events, models, allows_private, added_at, added_by ON webhooks BEGIN
    SELECT RAISE(ABORT, 'a webhook is removed, never changed');
END;
CREATE TRIGGER webhooks_stay_removed BEFORE UPDATE OF removed_at, removed_by ON webhooks
WHEN OLD.removed_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a removed webhook stays removed');
END;
CREATE TRIGGER webhooks_kept BEFORE DELETE ON webhooks BEGIN
    SELECT RAISE(ABORT, 'a webhook is removed, never deleted');
END;
CREATE TRIGGER webhooks_once BEFORE INSERT ON webhooks
WHEN EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'a webhook is removed, never changed');
END;

-- What a secret is made of, with the key in the file beside the registry: neither is one alone, so
-- that a copy of the registry has none.
CREATE TABLE webhook_secrets (
    webhook INTEGER NOT NULL REFERENCES webhooks (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    -- Of the secret: whether it can be made again is seen by it.
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 16),
    made_at TEXT NOT NULL,
    -- Milliseconds since 1970 until which it signs beside a newer one; null for the newest.
    ends_at_ms INTEGER CHECK (ends_at_ms >= 0),
    PRIMARY KEY (webhook, number)
) STRICT;

-- The last number of each model's events; '' has those of no model.
CREATE TABLE webhook_sequences (
    model TEXT NOT NULL PRIMARY KEY CHECK (length(model) <= 63),
    last INTEGER NOT NULL CHECK (last BETWEEN 1 AND 9007199254740991)
) STRICT;

CREATE TRIGGER webhook_sequences_go_forward BEFORE UPDATE ON webhook_sequences
WHEN NEW.last <> OLD.last + 1 BEGIN
    SELECT RAISE(ABORT, 'the numbers of events go up by one');
END;

-- What happened, for those who are told of it; kept until some days after the last of them was.
CREATE TABLE webhook_events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at TEXT NOT NULL,
    -- The webhook-id, the same with each attempt and for each receiver.
    message TEXT NOT NULL UNIQUE CHECK (length(message) BETWEEN 1 AND 64),
    -- The exact bytes that are sent.
    body TEXT NOT NULL CHECK (length(body) <= 65536 AND json_valid(body)),
    UNIQUE (model, number)
) STRICT;

CREATE TRIGGER webhook_events_immutable BEFORE UPDATE ON webhook_events BEGIN
    SELECT RAISE(ABORT, 'an event never changes');
END;

CREATE TABLE webhook_deliveries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook INTEGER NOT NULL REFERENCES webhooks (id),
    event INTEGER NOT NULL REFERENCES webhook_events (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up', 'dropped')),
    attempts INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 1000),
    -- Milliseconds since 1970: when it is tried next, and when it ended.
    next_at_ms INTEGER NOT NULL CHECK (next_at_ms >= 0),
    ended_at_ms INTEGER CHECK (ended_at_ms >= 0),
    CHECK ((state = 'waiting') = (ended_at_ms IS NULL))
) STRICT;

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (next_at_ms)
WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at_ms)
WHERE state <> 'waiting';
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event);

CREATE TABLE webhook_attempts (
    delivery INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 1),
    at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
    took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
    -- Of HTTP; null where there was no answer.
    status INTEGER CHECK (status BETWEEN 100 AND 999),
    words TEXT NOT NULL CHECK (length(words) <= 1000),
    PRIMARY KEY (delivery, number)
) STRICT;

-- What holds and was told: one occurrence is told once, whoever leads.
CREATE TABLE webhook_conditions (
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    model TEXT NOT NULL CHECK (length(model) <= 63),
    -- Which occurrence.
    occurrence TEXT NOT NULL CHECK (length(occurrence) <= 128),
    told_at TEXT NOT NULL,
    PRIMARY KEY (kind, model)
) STRICT;
