import { ByteReader } from "./bytes.ts";

/** Cuts a byte stream into packets. Keeps the pieces as they come, so that large packets cost one copy. */
export class PacketSplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  /** How many bytes have to be there before another look is worth it. */
  #needed = 2;

  /** How much of an unfinished packet has arrived. */
  get pending(): number {
    return this.#length;
  }

  /** Takes what has arrived and yields the packets that are complete. */
  *add(piece: Buffer): Generator<Buffer> {
    this.#pieces.push(piece);
    this.#length += piece.length;
    while (this.#length >= this.#needed) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#needed = packetLength(bytes);
      const complete = bytes.length >= this.#needed;
      const rest = complete ? bytes.subarray(this.#needed) : bytes;
      this.#pieces = [rest];
      this.#length = rest.length;
      if (!complete) return;
      const packet = bytes.subarray(0, this.#needed);
      this.#needed = 2;
      yield packet;
    }
  }
}

/** The whole length of the packet at the front, as far as its header is there: one byte more until it is. */
function packetLength(bytes: Buffer): number {
  const header = bytes.subarray(1, 5);
  const headerEnd = header.findIndex((byte) => byte < 128);
  if (headerEnd < 0 && header.length < 4) return bytes.length + 1;
  const remaining = new ByteReader(header).variableByteInteger();
  return 1 + headerEnd + 1 + remaining;
}
