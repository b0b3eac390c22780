-- The registry: models, their immutable versions and artifacts, and what is deployed.
--
-- Never edit a migration that was released: its SHA-256 is kept in every registry, and a registry
-- whose migration was edited is refused. Add 0002_….sql, and list it in Migrations.swift.
--
-- The triggers named *_once stand against INSERT OR REPLACE, which deletes the row in its way
-- without firing delete triggers.

-- One row: who this registry is. A UUID, so that a second or restored one cannot speak for it.
CREATE TABLE registry (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    id TEXT NOT NULL CHECK (length(id) = 36),
    created_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER registry_keeps_its_id BEFORE UPDATE ON registry BEGIN
    SELECT RAISE(ABORT, 'the registry''s id never changes');
END;
CREATE TRIGGER registry_keeps_its_row BEFORE DELETE ON registry BEGIN
    SELECT RAISE(ABORT, 'the registry''s id never changes');
END;
CREATE TRIGGER registry_once BEFORE INSERT ON registry
WHEN EXISTS (SELECT 1 FROM registry) BEGIN
    SELECT RAISE(ABORT, 'the registry''s id never changes');
END;

CREATE TABLE models (
    name TEXT NOT NULL PRIMARY KEY CHECK (
        length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*'),
    created_at TEXT NOT NULL
) STRICT;

-- The bytes of artifacts' files, by content.
CREATE TABLE blobs (
    sha256 TEXT NOT NULL PRIMARY KEY CHECK (sha256 GLOB 'sha256:*' AND length(sha256) = 71),
    content BLOB NOT NULL
) STRICT;

CREATE TRIGGER blobs_immutable BEFORE UPDATE ON blobs BEGIN
    SELECT RAISE(ABORT, 'a stored file is immutable');
END;
CREATE TRIGGER blobs_kept BEFORE DELETE ON blobs BEGIN
    SELECT RAISE(ABORT, 'a stored file is immutable');
END;
CREATE TRIGGER blobs_once BEFORE INSERT ON blobs
WHEN EXISTS (SELECT 1 FROM blobs WHERE sha256 = NEW.sha256) BEGIN
    SELECT RAISE(ABORT, 'a stored file is immutable');
END;

-- What was trained: a manifest, by the SHA-256 of its bytes, and the files that it lists.
CREATE TABLE artifacts (
    digest TEXT NOT NULL PRIMARY KEY CHECK (digest GLOB 'sha256:*' AND length(digest) = 71),
    manifest BLOB NOT NULL
) STRICT;

CREATE TRIGGER artifacts_immutable BEFORE UPDATE ON artifacts BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;
CREATE TRIGGER artifacts_kept BEFORE DELETE ON artifacts BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;
CREATE TRIGGER artifacts_once BEFORE INSERT ON artifacts
WHEN EXISTS (SELECT 1 FROM artifacts WHERE digest = NEW.digest) BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;

CREATE TABLE artifact_files (
    artifact TEXT NOT NULL REFERENCES artifacts (digest),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255 AND instr(name, '/') = 0),
    sha256 TEXT NOT NULL REFERENCES blobs (sha256),
    PRIMARY KEY (artifact, name)
) STRICT;

CREATE TRIGGER artifact_files_immutable BEFORE UPDATE ON artifact_files BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;
CREATE TRIGGER artifact_files_kept BEFORE DELETE ON artifact_files BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;
CREATE TRIGGER artifact_files_once BEFORE INSERT ON artifact_files
WHEN EXISTS (
    SELECT 1 FROM artifact_files WHERE artifact = NEW.artifact AND name = NEW.name
) BEGIN
    SELECT RAISE(ABORT, 'an artifact is immutable');
END;

CREATE TABLE versions (
    model TEXT NOT NULL REFERENCES models (name),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 2147483647),
    artifact TEXT NOT NULL REFERENCES artifacts (digest),
    PRIMARY KEY (model, number),
    UNIQUE (model, artifact)
) STRICT;

CREATE TRIGGER versions_immutable BEFORE UPDATE ON versions BEGIN
    SELECT RAISE(ABORT, 'a registered version is immutable');
END;
CREATE TRIGGER versions_kept BEFORE DELETE ON versions BEGIN
    SELECT RAISE(ABORT, 'a registered version is immutable');
END;
CREATE TRIGGER versions_in_order BEFORE INSERT ON versions
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM versions WHERE model = NEW.model)
BEGIN
    SELECT RAISE(ABORT, 'version numbers are given in order and never reused');
END;
CREATE TRIGGER versions_once BEFORE INSERT ON versions
WHEN EXISTS (SELECT 1 FROM versions WHERE model = NEW.model AND artifact = NEW.artifact) BEGIN
    SELECT RAISE(ABORT, 'the artifact is a version of the model already');
END;

-- What people say of a version; no digest covers it. Who registered it, and when, stays.
CREATE TABLE version_metadata (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    note TEXT NOT NULL CHECK (length(note) <= 4096),
    metrics TEXT NOT NULL CHECK (json_valid(metrics) AND json_type(metrics) = 'object'),
    tags TEXT NOT NULL CHECK (json_valid(tags) AND json_type(tags) = 'object'),
    registered_at TEXT NOT NULL,
    registered_by TEXT NOT NULL,
    PRIMARY KEY (model, number),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT;

CREATE TRIGGER version_metadata_origin BEFORE UPDATE OF model, number, registered_at, registered_by
ON version_metadata BEGIN
    SELECT RAISE(ABORT, 'who registered a version, and when, never changes');
END;
CREATE TRIGGER version_metadata_kept BEFORE DELETE ON version_metadata BEGIN
    SELECT RAISE(ABORT, 'who registered a version, and when, never changes');
END;
CREATE TRIGGER version_metadata_once BEFORE INSERT ON version_metadata
WHEN EXISTS (
    SELECT 1 FROM version_metadata WHERE model = NEW.model AND number = NEW.number
) BEGIN
    SELECT RAISE(ABORT, 'who registered a version, and when, never changes');
END;

-- Every change of a deployment, as announced. `before` is null for a model's first.
-- An epoch fits a JSON number that every reader keeps exact (2^53 - 1).
CREATE TABLE deployment_history (
    model TEXT NOT NULL REFERENCES models (name),
    epoch INTEGER NOT NULL CHECK (epoch BETWEEN 1 AND 9007199254740991),
    before TEXT CHECK (before IS NULL OR json_valid(before)),
    after TEXT NOT NULL CHECK (json_valid(after)),
    changed_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) <= 4096),
    PRIMARY KEY (model, epoch)
) STRICT;

CREATE TRIGGER deployment_history_immutable BEFORE UPDATE ON deployment_history BEGIN
    SELECT RAISE(ABORT, 'the history of deployments is only ever added to');
END;
CREATE TRIGGER deployment_history_kept BEFORE DELETE ON deployment_history BEGIN
    SELECT RAISE(ABORT, 'the history of deployments is only ever added to');
END;
CREATE TRIGGER deployment_history_in_order BEFORE INSERT ON deployment_history
WHEN NEW.epoch <= (SELECT max(epoch) FROM deployment_history WHERE model = NEW.model) BEGIN
    SELECT RAISE(ABORT, 'epochs only ever grow');
END;

-- What must be announced: the exact bytes of the control record. Only published_at changes.
CREATE TABLE outbox (
    model TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    record BLOB NOT NULL CHECK (length(record) <= 262144),
    -- `swerve registry adopt`: whose record on the topic this one may replace, up to which epoch.
    adopted_registry TEXT,
    adopted_epoch INTEGER,
    published_at TEXT,
    PRIMARY KEY (model, epoch),
    FOREIGN KEY (model, epoch) REFERENCES deployment_history (model, epoch),
    CHECK ((adopted_registry IS NULL) = (adopted_epoch IS NULL)),
    CHECK (adopted_epoch IS NULL OR adopted_epoch < epoch)
) STRICT;

CREATE INDEX outbox_pending ON outbox (model, epoch) WHERE published_at IS NULL;

CREATE TRIGGER outbox_immutable
BEFORE UPDATE OF model, epoch, record, adopted_registry, adopted_epoch ON outbox BEGIN
    SELECT RAISE(ABORT, 'an announcement is immutable');
END;
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox BEGIN
    SELECT RAISE(ABORT, 'an announcement is immutable');
END;
CREATE TRIGGER outbox_once BEFORE INSERT ON outbox
WHEN EXISTS (SELECT 1 FROM outbox WHERE model = NEW.model AND epoch = NEW.epoch) BEGIN
    SELECT RAISE(ABORT, 'an announcement is immutable');
END;

-- The desired state of each model; the reference to the outbox keeps row, history and announcement
-- in one transaction.
CREATE TABLE deployments (
    model TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    stable INTEGER NOT NULL,
    candidate INTEGER,
    candidate_mode TEXT CHECK (candidate_mode IN ('canary', 'shadow')),
    candidate_share INTEGER CHECK (candidate_share BETWEEN 1 AND 10000),
    previous INTEGER,
    salt INTEGER NOT NULL CHECK (salt BETWEEN 0 AND 4294967295),
    settings TEXT NOT NULL CHECK (json_valid(settings) AND json_type(settings) = 'object'),
    FOREIGN KEY (model, epoch) REFERENCES outbox (model, epoch),
    FOREIGN KEY (model, stable) REFERENCES versions (model, number),
    FOREIGN KEY (model, candidate) REFERENCES versions (model, number),
    FOREIGN KEY (model, previous) REFERENCES versions (model, number),
    CHECK ((candidate IS NULL) = (candidate_mode IS NULL)),
    CHECK ((candidate IS NULL) = (candidate_share IS NULL))
) STRICT;

CREATE TRIGGER deployments_go_forward BEFORE UPDATE ON deployments
WHEN NEW.model <> OLD.model OR NEW.epoch <= OLD.epoch BEGIN
    SELECT RAISE(ABORT, 'epochs only ever grow');
END;
CREATE TRIGGER deployments_kept BEFORE DELETE ON deployments BEGIN
    SELECT RAISE(ABORT, 'a deployment is changed, never deleted');
END;
CREATE TRIGGER deployments_once BEFORE INSERT ON deployments
WHEN EXISTS (SELECT 1 FROM deployments WHERE model = NEW.model) BEGIN
    SELECT RAISE(ABORT, 'a deployment is changed, never replaced');
END;
