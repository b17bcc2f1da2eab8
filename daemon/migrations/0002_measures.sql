-- What is counted and measured of a conversation, in rows so narrow that all of them are read in a moment.
CREATE TABLE measure(
  docid INTEGER PRIMARY KEY,      -- the conversation's document
  key INTEGER NOT NULL,           -- the conversation
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  state INTEGER NOT NULL,         -- 0: an unknown one, 1: open, 2: snoozed, 3: closed
  messages INTEGER NOT NULL,
  answered INTEGER NOT NULL,      -- 0: nobody asked, or it cannot be told; 1: a teammate answered; 2: nobody has
  response INTEGER,               -- seconds from a contact's first message to a teammate's first answer
  closed INTEGER,                 -- seconds from creation to the last close; of closed conversations
  waiting INTEGER,                -- when the contact wrote what nobody has answered since; of open conversations
  contact INTEGER                 -- the label of the first one, where that has an id
) STRICT;
