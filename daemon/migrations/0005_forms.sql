-- The words of all conversations, folded, under the stems of the languages that they are written in; see forms.rs.
CREATE TABLE form(
  language INTEGER NOT NULL,
  stem TEXT NOT NULL,
  word TEXT NOT NULL,
  met INTEGER NOT NULL,           -- about two to this power conversations say it
  PRIMARY KEY (language, stem, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX form_word ON form(word);
