-- The hub: which process leads the registry.

CREATE TABLE hub_lease (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- One more with each taking: what was begun under an older one is not finished.
    term INTEGER NOT NULL CHECK (term BETWEEN 1 AND 9007199254740991),
    -- Of the process that has it; made anew with each start.
    incarnation TEXT NOT NULL CHECK (length(incarnation) BETWEEN 1 AND 64),
    -- For people: which process, and where it answers.
    holder TEXT NOT NULL CHECK (length(holder) BETWEEN 1 AND 256),
    address TEXT NOT NULL CHECK (length(address) <= 256),
    taken_at TEXT NOT NULL,
    -- When it was renewed last: milliseconds since the machine's start, and which start that was. No
    -- setting of the clock moves them.
    boot TEXT NOT NULL CHECK (length(boot) <= 64),
    renewed_ms INTEGER NOT NULL CHECK (renewed_ms >= 0),
    -- For how long it holds from then on.
    span_ms INTEGER NOT NULL CHECK (span_ms BETWEEN 1 AND 600000),
    -- 1: its holder gave it up.
    released INTEGER NOT NULL CHECK (released IN (0, 1))
) STRICT;

CREATE TRIGGER hub_lease_goes_forward BEFORE UPDATE ON hub_lease
WHEN NEW.term < OLD.term
    OR (NEW.term = OLD.term AND (NEW.incarnation <> OLD.incarnation OR NEW.released < OLD.released))
BEGIN
    SELECT RAISE(ABORT, 'a term of the lease has one holder, and ends once');
END;
CREATE TRIGGER hub_lease_kept BEFORE DELETE ON hub_lease BEGIN
    SELECT RAISE(ABORT, 'the lease is never removed');
END;
