-- What a conversation has besides: channel, rating, attributes and so on, and what its events tell.
CREATE TABLE fields(
  key INTEGER PRIMARY KEY,
  list BLOB NOT NULL
) STRICT;

-- All of it is derived anew.
DELETE FROM mark WHERE name IN ('store.derived', 'store.deriving');
DROP TABLE measure;
-- What is counted and measured of a conversation, in rows so narrow that all of them are read in a moment.
CREATE TABLE measure(
  docid INTEGER PRIMARY KEY,      -- the conversation's document
  key INTEGER NOT NULL,           -- the conversation
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  state INTEGER NOT NULL,         -- 0: an unknown one, 1: open, 2: snoozed, 3: closed
  messages INTEGER NOT NULL,
  answered INTEGER NOT NULL,      -- 0: nobody asked, or it cannot be told; 1: a teammate answered; 2: nobody has; 3: a bot alone
  bot INTEGER NOT NULL,           -- 1: a bot answered
  answers BLOB NOT NULL,          -- who answered when, and what: see measure.rs
  first_close INTEGER,            -- seconds from creation to the first close
  closed INTEGER,                 -- seconds from creation to the last close; of closed conversations
  reopened INTEGER NOT NULL,      -- how often it was opened again after a close
  waiting INTEGER,                -- when the contact wrote what nobody has answered since; of open conversations
  contact INTEGER                 -- the label of the first one, where that has an id
) STRICT;
