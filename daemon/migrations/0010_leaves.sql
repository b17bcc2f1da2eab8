-- A leaf of the index fills one page of the database: whatever is taken out of the index has as many of them written anew as it
-- has words. Leaves that are there already stay as large as they are until they are merged.
INSERT INTO fts(fts, rank) VALUES ('pgsz', 2000);
