-- When the message had last been edited as the case opened: whether it was edited since is then no
-- matter of which server's clock is ahead.
ALTER TABLE moderation_cases ADD COLUMN message_edited_at INTEGER;
UPDATE moderation_cases SET message_edited_at =
  (SELECT m.edited_at FROM chat_messages m
   WHERE m.position = moderation_cases.message_id AND m.edited_at < moderation_cases.created_at);
