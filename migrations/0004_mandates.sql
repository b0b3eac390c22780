-- The plan of a rollout as a person signed it: what a controller may announce by itself. It travels
-- in the control records of the rollout.

CREATE TABLE rollout_mandates (
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    -- Signed anew where its time is over, or where somebody has changed the deployment: the newest
    -- counts.
    number INTEGER NOT NULL CHECK (number >= 1),
    -- The exact bytes that the signature covers.
    mandate TEXT NOT NULL CHECK (
        length(mandate) <= 98304 AND json_valid(mandate) AND json_type(mandate) = 'object'),
    -- `ed25519 NAME BASE64` over topic, registry, model and mandate.
    signature TEXT NOT NULL CHECK (length(signature) <= 256),
    topic TEXT NOT NULL CHECK (length(topic) <= 249),
    key_name TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    PRIMARY KEY (rollout, number)
) STRICT;

CREATE TRIGGER rollout_mandates_immutable BEFORE UPDATE ON rollout_mandates BEGIN
    SELECT RAISE(ABORT, 'a signed plan never changes');
END;
CREATE TRIGGER rollout_mandates_kept BEFORE DELETE ON rollout_mandates BEGIN
    SELECT RAISE(ABORT, 'a signed plan never changes');
END;
CREATE TRIGGER rollout_mandates_in_order BEFORE INSERT ON rollout_mandates
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM rollout_mandates
    WHERE rollout = NEW.rollout) BEGIN
    SELECT RAISE(ABORT, 'the signed plans of a rollout have no gaps');
END;
