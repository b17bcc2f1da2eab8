-- Which conversation was read longest ago, among the open ones and among all.
CREATE INDEX conversation_read_open ON conversation(asked_at) WHERE state = 'open';
CREATE INDEX conversation_read ON conversation(asked_at);
