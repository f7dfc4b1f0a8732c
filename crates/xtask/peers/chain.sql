-- A hash chain in PostgreSQL at its best: one round trip, one locked row that holds the head.
CREATE TABLE head (id int PRIMARY KEY, size bigint NOT NULL, digest bytea NOT NULL);
INSERT INTO head VALUES (1, 0, '\x');
CREATE TABLE record (no bigint PRIMARY KEY, previous bytea NOT NULL, body bytea NOT NULL, digest bytea NOT NULL);

CREATE FUNCTION append(body bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  last head%ROWTYPE;
  own bytea;
BEGIN
  SELECT * INTO last FROM head WHERE id = 1 FOR UPDATE;
  own := sha256(last.digest || body);
  INSERT INTO record VALUES (last.size + 1, last.digest, body, own);
  UPDATE head SET size = last.size + 1, digest = own WHERE id = 1;
  RETURN last.size + 1;
END $$;
