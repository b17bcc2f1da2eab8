-- Finds a conversation by its id as text, as questions in SQL have it.
CREATE INDEX conversation_id ON conversation(CAST(key AS TEXT));
