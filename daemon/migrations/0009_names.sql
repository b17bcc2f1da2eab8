-- What has names of its own is read by itself. Since when all of it was read stands in mark, as as_of.REGISTER.

-- Every name that a stored conversation may have of a tag, and when Intercom's list of tags last said it; 0: never.
CREATE TABLE tag(
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  listed_at INTEGER NOT NULL,
  PRIMARY KEY (id, name)
) STRICT, WITHOUT ROWID;

-- What a contact has besides name and address, where it was looked up.
ALTER TABLE contact ADD COLUMN fields BLOB;
-- When that was read; told_at is when name and address were.
ALTER TABLE contact ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
-- Each is looked up anew.
UPDATE contact SET asked = 0;
CREATE INDEX contact_unasked ON contact(told_at) WHERE asked = 0;

-- Tags and labels are derived anew.
DELETE FROM mark WHERE name IN ('store.derived', 'store.deriving');
