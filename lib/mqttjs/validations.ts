/** Returns whether a topic filter is valid: `+` is a whole level, and `#` is the whole last level. */
export function validateTopic(topic: string): boolean {
  const levels = topic.split("/");
  return levels.every(
    (level, index) => level === "+" || (level === "#" ? index === levels.length - 1 : !/[+#]/.test(level)),
  );
}

/** Returns the first invalid filter, `empty_topic_list` for an empty list, or null if all are valid. */
export function validateTopics(topics: readonly string[]): string | null {
  if (topics.length === 0) return "empty_topic_list";
  return topics.find((topic) => !validateTopic(topic)) ?? null;
}
