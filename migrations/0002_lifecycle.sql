-- The lifecycle: where versions came from, what they are called, what became of them; keys and
-- signatures; and the audit chain over all of it.

-- Where a version came from: its training data's digest, code revision, tool, author.
ALTER TABLE version_metadata ADD COLUMN lineage TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(lineage) AND json_type(lineage) = 'object');

CREATE TRIGGER version_metadata_lineage BEFORE UPDATE OF lineage ON version_metadata BEGIN
    SELECT RAISE(ABORT, 'where a version came from never changes');
END;

-- What a version is, out of its manifest and its scorer, so that lists and searches open no
-- artifact. Null where the swerve that registered it did not tell.
CREATE TABLE version_facts (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    format TEXT NOT NULL,
    -- All files of the artifact together.
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    threshold REAL NOT NULL,
    -- Whose the golden scores are: 'self' or 'supplied'.
    golden TEXT NOT NULL,
    -- As predictions print them, in the model's class order: a JSON array of texts.
    labels TEXT CHECK (labels IS NULL OR json_type(labels) = 'array'),
    task TEXT,
    input_view TEXT,
    features INTEGER CHECK (features IS NULL OR features >= 0),
    PRIMARY KEY (model, number),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT;

INSERT INTO version_facts (model, number, format, bytes, threshold, golden)
SELECT v.model, v.number,
    coalesce(json_extract(m.text, '$.format'), 'unknown'),
    coalesce((SELECT sum(length(b.content)) FROM artifact_files f
        JOIN blobs b ON b.sha256 = f.sha256 WHERE f.artifact = v.artifact), 0),
    CAST(coalesce(json_extract(m.text, '$.threshold'), 0) AS REAL),
    coalesce(json_extract(m.text, '$.golden'), 'self')
FROM versions v JOIN (
    SELECT digest, CASE WHEN json_valid(CAST(manifest AS TEXT)) THEN CAST(manifest AS TEXT)
        ELSE '{}' END AS text FROM artifacts
) m ON m.digest = v.artifact;

CREATE TRIGGER version_facts_immutable BEFORE UPDATE ON version_facts BEGIN
    SELECT RAISE(ABORT, 'a registered version is immutable');
END;
CREATE TRIGGER version_facts_kept BEFORE DELETE ON version_facts BEGIN
    SELECT RAISE(ABORT, 'a registered version is immutable');
END;
CREATE TRIGGER version_facts_once BEFORE INSERT ON version_facts
WHEN EXISTS (SELECT 1 FROM version_facts WHERE model = NEW.model AND number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'a registered version is immutable');
END;

-- Versions put away: not to be deployed. With collected_at, their files were removed by gc.
CREATE TABLE archived_versions (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    archived_at TEXT NOT NULL,
    archived_by TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) <= 4096),
    collected_at TEXT,
    PRIMARY KEY (model, number),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT;

CREATE TRIGGER archived_versions_immutable
BEFORE UPDATE OF model, number, archived_at, archived_by, reason ON archived_versions BEGIN
    SELECT RAISE(ABORT, 'who archived a version, and when, never changes');
END;
CREATE TRIGGER archived_versions_once BEFORE INSERT ON archived_versions
WHEN EXISTS (SELECT 1 FROM archived_versions WHERE model = NEW.model AND number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'the version is archived already');
END;
CREATE TRIGGER archived_versions_without_files BEFORE DELETE ON archived_versions
WHEN NOT EXISTS (SELECT 1 FROM versions v JOIN artifact_files f ON f.artifact = v.artifact
    WHERE v.model = OLD.model AND v.number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'a version without its files stays archived');
END;
CREATE TRIGGER archived_versions_not_live BEFORE INSERT ON archived_versions
WHEN EXISTS (SELECT 1 FROM deployments WHERE model = NEW.model
    AND NEW.number IN (stable, candidate, previous)) BEGIN
    SELECT RAISE(ABORT, 'a version that is stable, candidate or previous cannot be archived');
END;
CREATE TRIGGER deployments_begin_unarchived BEFORE INSERT ON deployments
WHEN EXISTS (SELECT 1 FROM archived_versions WHERE model = NEW.model
    AND number IN (NEW.stable, NEW.candidate, NEW.previous)) BEGIN
    SELECT RAISE(ABORT, 'an archived version cannot be deployed');
END;
CREATE TRIGGER deployments_stay_unarchived BEFORE UPDATE ON deployments
WHEN EXISTS (SELECT 1 FROM archived_versions WHERE model = NEW.model
    AND number IN (NEW.stable, NEW.candidate, NEW.previous)) BEGIN
    SELECT RAISE(ABORT, 'an archived version cannot be deployed');
END;

-- Names for versions, beside deployments: champion, nightly.
CREATE TABLE aliases (
    model TEXT NOT NULL,
    name TEXT NOT NULL CHECK (
        length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name GLOB '[a-z]*'),
    number INTEGER NOT NULL,
    set_at TEXT NOT NULL,
    set_by TEXT NOT NULL,
    PRIMARY KEY (model, name),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT;

CREATE INDEX aliases_of_version ON aliases (model, number);

-- Files of an artifact go when every version that has it is archived; bytes when no file needs
-- them.
DROP TRIGGER artifact_files_kept;
CREATE TRIGGER artifact_files_kept BEFORE DELETE ON artifact_files
WHEN NOT EXISTS (SELECT 1 FROM versions WHERE artifact = OLD.artifact)
    OR EXISTS (SELECT 1 FROM versions v WHERE v.artifact = OLD.artifact AND NOT EXISTS (
        SELECT 1 FROM archived_versions a WHERE a.model = v.model AND a.number = v.number))
BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;
DROP TRIGGER blobs_kept;
CREATE TRIGGER blobs_kept BEFORE DELETE ON blobs
WHEN EXISTS (SELECT 1 FROM artifact_files WHERE sha256 = OLD.sha256) BEGIN
    SELECT RAISE(ABORT, 'a stored file is immutable');
END;
CREATE INDEX versions_of_artifact ON versions (artifact);
CREATE INDEX artifact_files_of_blob ON artifact_files (sha256);

-- Public keys; private ones are never here.
CREATE TABLE keys (
    name TEXT NOT NULL PRIMARY KEY CHECK (
        length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*'),
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
    -- 'promote', 'register' or 'promote,register'.
    roles TEXT NOT NULL,
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL,
    revoked_at TEXT,
    revoked_by TEXT,
    revoked_reason TEXT,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;

CREATE TRIGGER keys_immutable BEFORE UPDATE OF name, public_key, roles, added_at, added_by ON keys
BEGIN
    SELECT RAISE(ABORT, 'a key is revoked, never changed');
END;
CREATE TRIGGER keys_stay_revoked BEFORE UPDATE OF revoked_at, revoked_by, revoked_reason ON keys
WHEN OLD.revoked_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a revoked key stays revoked');
END;
CREATE TRIGGER keys_kept BEFORE DELETE ON keys BEGIN
    SELECT RAISE(ABORT, 'a key is revoked, never removed');
END;
CREATE TRIGGER keys_once BEFORE INSERT ON keys
WHEN EXISTS (SELECT 1 FROM keys WHERE name = NEW.name OR public_key = NEW.public_key) BEGIN
    SELECT RAISE(ABORT, 'a key is revoked, never changed');
END;

-- Who stands for an artifact: `ed25519 NAME BASE64` over the model and the digest.
CREATE TABLE artifact_signatures (
    model TEXT NOT NULL REFERENCES models (name),
    artifact TEXT NOT NULL REFERENCES artifacts (digest),
    key_name TEXT NOT NULL,
    signature TEXT NOT NULL CHECK (length(signature) <= 256),
    signed_at TEXT NOT NULL,
    PRIMARY KEY (model, artifact, key_name)
) STRICT;

CREATE TRIGGER artifact_signatures_immutable BEFORE UPDATE ON artifact_signatures BEGIN
    SELECT RAISE(ABORT, 'a signature never changes');
END;
CREATE TRIGGER artifact_signatures_kept BEFORE DELETE ON artifact_signatures BEGIN
    SELECT RAISE(ABORT, 'a signature never changes');
END;

-- The signature of an announcement: the header that travels with the record.
ALTER TABLE outbox ADD COLUMN signature TEXT CHECK (length(signature) <= 256);
CREATE TRIGGER outbox_signature BEFORE UPDATE OF signature ON outbox BEGIN
    SELECT RAISE(ABORT, 'an announcement is immutable');
END;

-- Every change of the registry, oldest first. hash = sha256 of "swerve audit 1\n", the hash before
-- (empty for the first), "\n" and the entry's bytes. The newest hash, the head, travels in control
-- records.
CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    entry TEXT NOT NULL CHECK (json_valid(entry) AND length(entry) <= 262144),
    hash TEXT NOT NULL CHECK (hash GLOB 'sha256:*' AND length(hash) = 71)
) STRICT;

CREATE TRIGGER audit_immutable BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is only ever added to');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is only ever added to');
END;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'the audit chain has no gaps');
END;

-- For the foreign key: a new artifact would be looked for among all signatures.
CREATE INDEX artifact_signatures_of_artifact ON artifact_signatures (artifact);
