-- Who removed a message is asked for by whoever removes it again; the log has no index by message.
CREATE INDEX removal_of_message ON channel_log(message_id) WHERE type = 3;  -- message_delete
