-- Rollouts: the way of a candidate through the steps of a plan, by the judge's verdicts. A state
-- and the deployment that it asks for are written in one transaction.

CREATE TABLE rollouts (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id >= 1),
    model TEXT NOT NULL,
    candidate INTEGER NOT NULL,
    -- 1: it judges and tells, and never acts.
    observes INTEGER NOT NULL CHECK (observes IN (0, 1)),
    plan TEXT NOT NULL CHECK (
        length(plan) <= 262144 AND json_valid(plan) AND json_type(plan) = 'object'),
    state TEXT NOT NULL CHECK (
        length(state) <= 1048576 AND json_valid(state) AND json_type(state) = 'object'),
    -- Of the comparison at hand; null where there is none.
    salt INTEGER CHECK (salt BETWEEN 0 AND 4294967295),
    -- The judge's whole state, and what it said last; null before the first block's end.
    judge TEXT CHECK (judge IS NULL OR (length(judge) <= 16777216 AND json_valid(judge))),
    report TEXT CHECK (report IS NULL OR (length(report) <= 4194304 AND json_valid(report))),
    -- One more with each change: nobody changes what he has not seen.
    revision INTEGER NOT NULL CHECK (revision BETWEEN 1 AND 9007199254740991),
    started_at TEXT NOT NULL,
    started_by TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) <= 4096),
    ended_at TEXT,
    FOREIGN KEY (model, candidate) REFERENCES versions (model, number)
) STRICT;

CREATE UNIQUE INDEX rollouts_active ON rollouts (model) WHERE ended_at IS NULL;
CREATE INDEX rollouts_of_model ON rollouts (model, id);
CREATE INDEX rollouts_of_version ON rollouts (model, candidate);

CREATE TRIGGER rollouts_origin
BEFORE UPDATE OF id, model, candidate, observes, plan, started_at, started_by, reason ON rollouts
BEGIN
    SELECT RAISE(ABORT, 'what a rollout is of, and by which plan, never changes');
END;
CREATE TRIGGER rollouts_go_forward BEFORE UPDATE ON rollouts
WHEN NEW.revision <> OLD.revision + 1 BEGIN
    SELECT RAISE(ABORT, 'revisions go up by one');
END;
CREATE TRIGGER rollouts_end_once BEFORE UPDATE ON rollouts
WHEN OLD.ended_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a rollout that is over never changes');
END;
CREATE TRIGGER rollouts_kept BEFORE DELETE ON rollouts BEGIN
    SELECT RAISE(ABORT, 'a rollout is never removed');
END;
CREATE TRIGGER rollouts_once BEFORE INSERT ON rollouts
WHEN EXISTS (SELECT 1 FROM rollouts WHERE id = NEW.id
    OR (model = NEW.model AND ended_at IS NULL)) BEGIN
    SELECT RAISE(ABORT, 'a model has one rollout at a time');
END;

-- What a rollout told the world.
CREATE TABLE rollout_events (
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    event TEXT NOT NULL CHECK (length(event) <= 64),
    detail TEXT NOT NULL CHECK (length(detail) <= 4096),
    -- Of the deployment that came with it; null where none did.
    epoch INTEGER,
    PRIMARY KEY (rollout, number)
) STRICT;

CREATE TRIGGER rollout_events_immutable BEFORE UPDATE ON rollout_events BEGIN
    SELECT RAISE(ABORT, 'the events of rollouts are only ever added to');
END;
CREATE TRIGGER rollout_events_kept BEFORE DELETE ON rollout_events BEGIN
    SELECT RAISE(ABORT, 'the events of rollouts are only ever added to');
END;
CREATE TRIGGER rollout_events_in_order BEFORE INSERT ON rollout_events
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM rollout_events
    WHERE rollout = NEW.rollout) BEGIN
    SELECT RAISE(ABORT, 'the events of a rollout have no gaps');
END;
