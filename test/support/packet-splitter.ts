import { ByteReader } from "./bytes.ts";

/**
 * Splits a byte stream into packets. It stores the pieces as they arrive, so that a large packet is copied only once.
 */
export class PacketSplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  /** The number of bytes before which another look at the header is useless. */
  #needed = 2;

  /** The number of bytes of an incomplete packet. */
  get pending(): number {
    return this.#length;
  }

  /** Adds a piece and yields the packets that are complete. */
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

/**
 * The length of the first packet, as far as its header is present. While the header is incomplete, it is one byte more
 * than is present.
 */
function packetLength(bytes: Buffer): number {
  const header = bytes.subarray(1, 5);
  const headerEnd = header.findIndex((byte) => byte < 128);
  if (headerEnd < 0 && header.length < 4) return bytes.length + 1;
  const remaining = new ByteReader(header).variableByteInteger();
  return 1 + headerEnd + 1 + remaining;
}
