-- The hub's tokens: who may ask it for what. A token's text is nowhere here, only its SHA-256.

CREATE TABLE tokens (
    name TEXT NOT NULL PRIMARY KEY CHECK (
        length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*'),
    sha256 TEXT NOT NULL UNIQUE CHECK (sha256 GLOB 'sha256:*' AND length(sha256) = 71),
    role TEXT NOT NULL CHECK (role IN ('reader', 'registrar', 'promoter', 'admin')),
    -- Names of models, `*` for any letters, set apart by commas.
    models TEXT NOT NULL CHECK (length(models) BETWEEN 1 AND 256),
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    -- Null: it holds until it is revoked.
    expires_at TEXT,
    -- To the minute, more or less: not each use is written.
    used_at TEXT,
    revoked_at TEXT,
    revoked_by TEXT,
    revoked_reason TEXT,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;

CREATE TRIGGER tokens_immutable
BEFORE UPDATE OF name, sha256, role, models, created_at, created_by, expires_at ON tokens BEGIN
    SELECT RAISE(ABORT, 'a token is revoked, never changed');
END;
CREATE TRIGGER tokens_stay_revoked BEFORE UPDATE OF revoked_at, revoked_by, revoked_reason ON tokens
WHEN OLD.revoked_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a revoked token stays revoked');
END;
CREATE TRIGGER tokens_kept BEFORE DELETE ON tokens BEGIN
    SELECT RAISE(ABORT, 'a token is revoked, never removed');
END;
CREATE TRIGGER tokens_once BEFORE INSERT ON tokens
WHEN EXISTS (SELECT 1 FROM tokens WHERE name = NEW.name OR sha256 = NEW.sha256) BEGIN
    SELECT RAISE(ABORT, 'a token is revoked, never changed');
END;
