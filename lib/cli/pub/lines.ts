/** The greatest payload of MQTT: 256 MiB less the byte that mosquitto's clients leave. */
export const MOST_BYTES = 268_435_455;

const NEWLINE = 10;

/** Splits bytes into lines, without their newlines. The last line may have none. */
export async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield joined(parts, chunk.subarray(start, end));
      [parts, size] = [[], 0];
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > MOST_BYTES) throw new Error(`A line has more than ${MOST_BYTES} bytes`);
  }
  if (parts.length > 0) yield joined(parts, new Uint8Array());
}

const joined = (parts: readonly Uint8Array[], last: Uint8Array): Uint8Array =>
  parts.length === 0 ? last : Buffer.concat([...parts, last]);
