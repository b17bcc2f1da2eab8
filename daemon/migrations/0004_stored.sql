-- Each stored value begins with its version (store/stored/), a document has 20 bits of slots within its second, and what is
-- derived from a conversation's JSON is made anew from it (store/rebuild.rs).

-- A document is taken out of the index with the words that it was put in with, and then nothing of them is left in it.
DROP TABLE fts;
CREATE VIRTUAL TABLE fts USING fts5(
  body, people, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO fts(fts, rank) VALUES ('secure-delete', 1);
-- Merged half as often as usual: of all that is written, that is the most.
INSERT INTO fts(fts, rank) VALUES ('automerge', 8);

ALTER TABLE conversation DROP COLUMN words;
ALTER TABLE conversation DROP COLUMN words_hash;
ALTER TABLE conversation DROP COLUMN people_hash;

-- What the rebuild reads from and empties; it drops both at its end.
ALTER TABLE raw RENAME TO raw_3;
ALTER TABLE dictionary RENAME TO dictionary_3;
CREATE TABLE raw(
  key INTEGER PRIMARY KEY,
  json BLOB NOT NULL
) STRICT;

-- When the read was sent that told the name and the address.
ALTER TABLE contact ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;

DELETE FROM counter WHERE name = 'spill';
INSERT OR REPLACE INTO counter(name, value) SELECT 'unpurged', 1 WHERE EXISTS (SELECT 1 FROM conversation);
