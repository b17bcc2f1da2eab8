-- What is indexed of a conversation stands apart by who says it: what its customer says is found by itself, and comes first,
-- before all the message with which the customer began.
DROP TABLE fts;
CREATE VIRTUAL TABLE fts USING fts5(
  opening, customer, team, title, other, people, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO fts(fts, rank) VALUES ('secure-delete', 1);
-- Merged half as often as usual: of all that is written, that is the most.
INSERT INTO fts(fts, rank) VALUES ('automerge', 8);

-- All of it is derived anew.
DELETE FROM mark WHERE name IN ('store.derived', 'store.deriving');
