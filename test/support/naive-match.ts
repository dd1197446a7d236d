/**
 * Whether a topic matches a filter (MQTT 5, sections 4.7 and 4.8.2). It shares no code with the library, so that an
 * error in the library cannot hide here.
 */
export function matchesNaively(topic: string, filter: string): boolean {
  const plain = filter.startsWith("$share/") ? filter.split("/").slice(2).join("/") : filter;
  if (topic.startsWith("$") && /^[+#]/.test(plain)) return false;
  return matchesLevels(topic.split("/"), plain.split("/"));
}

function matchesLevels(topic: readonly string[], filter: readonly string[]): boolean {
  const [level, ...levels] = topic;
  const [pattern, ...patterns] = filter;
  if (pattern === "#") return true;
  if (level === undefined || pattern === undefined) return level === pattern;
  if (pattern !== "+" && pattern !== level) return false;
  // "a/#" matches "a", too.
  return matchesLevels(levels, patterns);
}
