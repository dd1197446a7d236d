import { isUtf8 } from "../frame/raw-words.ts";
import { UsageError } from "../frame/usage-error.ts";

/** The greatest number of bytes of a topic (MQTT 5, section 1.5.4). */
const MOST_BYTES = 65_535;

function check(text: string, name: string): void {
  if (!isUtf8(text)) throw new UsageError(`${name} must be UTF-8.`);
  const bytes = Buffer.byteLength(text);
  if (bytes > 0 && bytes <= MOST_BYTES && !text.includes("\0")) return;
  throw new UsageError(`${name} must have 1 to ${MOST_BYTES} bytes.`);
}

/** Returns a topic name. */
export function topicName(text: string, name: string): string {
  check(text, name);
  if (!/[+#]/.test(text)) return text;
  throw new UsageError(`${name} is the topic of a message, which cannot have '+' or '#': '${text}'.`);
}

/** Returns a topic filter. */
export function topicFilter(text: string, name: string): string {
  check(text, name);
  if (!/[^/][+#]|[+#][^/]|#./.test(text)) return text;
  throw new UsageError(
    `${name} has a '+' or '#' that is not a whole level, or a '#' before the end: '${text}'.`,
  );
}
