-- Times are seconds since 1970 on Intercom's clock unless a column says otherwise.

CREATE TABLE counter(
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Small facts that other modules keep.
CREATE TABLE mark(
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspace(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  name TEXT,
  region TEXT,
  api_url TEXT NOT NULL
) STRICT;

-- Keys of ids that are not plain numbers; those are negative, all others are the number itself.
CREATE TABLE other_id(
  key INTEGER PRIMARY KEY CHECK (key < 0),
  id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE conversation(
  key INTEGER PRIMARY KEY,
  docid INTEGER NOT NULL,         -- updated_at << 8 | slot; names the row in fts and labelled
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,      -- when the read that this state is from was sent
  state TEXT NOT NULL,
  title TEXT,
  admin_assignee TEXT,
  team_assignee TEXT,
  contacts BLOB NOT NULL,
  tags BLOB NOT NULL,
  labels BLOB NOT NULL,           -- its rows in labelled
  messages INTEGER NOT NULL,
  truncated INTEGER NOT NULL,
  words INTEGER NOT NULL,         -- how many bytes of its text are indexed, and their hash: a state that does not
  words_hash INTEGER NOT NULL,    -- begin with the same leaves words behind in the index
  people_hash INTEGER NOT NULL,   -- hash of what is indexed of its contacts
  activity BLOB NOT NULL          -- every instant at which something happened in it
) STRICT;
-- The creation time rides along: it rules most conversations out of a past window without their row.
CREATE INDEX conversation_docid ON conversation(docid, created_at);
CREATE INDEX conversation_created ON conversation(created_at, docid);

CREATE TABLE body(
  key INTEGER PRIMARY KEY,
  texts BLOB NOT NULL,            -- what its messages say
  parts BLOB NOT NULL             -- everything else about its parts
) STRICT;

CREATE TABLE raw(
  key INTEGER PRIMARY KEY,
  dictionary INTEGER NOT NULL,    -- 0: none
  json BLOB NOT NULL
) STRICT;

CREATE TABLE dictionary(
  id INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

-- What conversations can be filtered by; the number of conversations tells how selective it is.
CREATE TABLE label(
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  conversations INTEGER NOT NULL,
  UNIQUE (kind, name)
) STRICT;

CREATE TABLE labelled(
  label INTEGER NOT NULL,
  docid INTEGER NOT NULL,
  PRIMARY KEY (label, docid)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact(
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT,
  email TEXT,
  asked INTEGER NOT NULL          -- 1: looked up by its id, so what is absent here is absent in Intercom
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_unknown ON contact(id) WHERE asked = 0 AND name IS NULL AND email IS NULL;

CREATE TABLE teammate(
  kind INTEGER NOT NULL,          -- 0: admin, 1: team
  id TEXT NOT NULL,
  name TEXT,
  email TEXT,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Conversations known to exist whose state is not stored, or not as new as it was listed.
CREATE TABLE pending(
  key INTEGER PRIMARY KEY,
  created_at INTEGER NOT NULL,    -- the least integer where it is not known
  updated_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,    -- only a read sent at or after it can settle the matter
  sound_until INTEGER NOT NULL,   -- the stored state is the true one up to here; 0: it may lack older changes
  standing INTEGER NOT NULL,      -- 0: lacks older changes; 1: could not be read; 2: lacks only what came after sound_until
  attempts INTEGER NOT NULL,
  retry_at INTEGER NOT NULL,      -- on the daemon's clock; 0 where no attempt failed
  error TEXT
) STRICT;
CREATE INDEX pending_updated ON pending(standing, updated_at);
CREATE INDEX pending_created ON pending(standing, created_at);
CREATE INDEX pending_sound ON pending(sound_until) WHERE standing = 2;
CREATE INDEX pending_first ON pending(updated_at) WHERE retry_at = 0;
CREATE INDEX pending_again ON pending(retry_at) WHERE retry_at <> 0;

-- Conversations that were deleted in Intercom.
CREATE TABLE gone(
  key INTEGER PRIMARY KEY,
  deleted_at INTEGER NOT NULL,
  confirmed INTEGER NOT NULL      -- 1: Intercom lists the deletion; 0: a read found nothing
) STRICT;

CREATE TABLE covered(
  start INTEGER PRIMARY KEY,
  finish INTEGER NOT NULL
) STRICT;

CREATE TABLE awaiting(
  start INTEGER NOT NULL,
  finish INTEGER NOT NULL,
  finished_at INTEGER NOT NULL
) STRICT;

-- One document per conversation, folded by the store; see text.rs.
CREATE VIRTUAL TABLE fts USING fts5(
  body, people, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
