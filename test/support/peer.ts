import { once } from "node:events";
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** The other side left while more was expected of it. */
export class PeerLeft extends Error {
  constructor() {
    super("the connection ended where more bytes were expected");
  }
}

/** One end of a connection, read as a test wants it: so many bytes, or all up to a mark. */
export class Peer {
  readonly stream: Duplex;
  /** Settles at the end of the connection; never rejects. */
  readonly closed: Promise<void>;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("error", () => {}); // "close" follows
    this.closed = new Promise((resolve) => stream.once("close", resolve));
  }

  /** Exactly so many bytes. */
  async take(count: number): Promise<Buffer> {
    for (;;) {
      const bytes: Buffer | null = this.stream.read(count);
      if (bytes?.length === count) return bytes;
      if (bytes !== null) throw new PeerLeft(); // what is read at the end may be less
      await this.#more();
    }
  }

  /** All up to and with a mark. */
  async takeUntil(mark: string): Promise<Buffer> {
    let taken = Buffer.alloc(0);
    for (;;) {
      const more: Buffer | null = this.stream.read();
      if (more === null) {
        await this.#more();
        continue;
      }
      taken = Buffer.concat([taken, more]);
      const end = taken.indexOf(mark);
      if (end < 0) continue;
      const rest = taken.subarray(end + mark.length);
      if (rest.length > 0) this.stream.unshift(rest);
      return taken.subarray(0, end + mark.length);
    }
  }

  /** Resolves when the bytes were handed to the system, or cannot be any more. */
  async send(bytes: string | Uint8Array): Promise<void> {
    await new Promise((resolve) => this.stream.write(bytes, resolve));
  }

  /** Each byte leaves before the next is written. */
  async sendByteByByte(bytes: string | Uint8Array): Promise<void> {
    for (const byte of Buffer.from(bytes)) {
      await this.send(Buffer.of(byte));
      await nextTurn();
    }
  }

  /** From now on each side gets what the other sends, and the end of one is the end of the other. */
  joinWith(other: Duplex): void {
    for (const [from, to] of [
      [this.stream, other],
      [other, this.stream],
    ] as const) {
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  }

  async #more(): Promise<void> {
    const { stream } = this;
    if (stream.readableEnded || stream.destroyed) throw new PeerLeft();
    await new Promise<void>((resolve) => {
      const events = ["readable", "end", "close"] as const;
      const done = () => {
        for (const event of events) stream.off(event, done);
        resolve();
      };
      for (const event of events) stream.on(event, done);
    });
  }
}

/**
 * A server that does with each connection what a test says:
 *
 *     await using server = await PeerServer.start(async (peer) => {
 *       await peer.takeUntil("\r\n\r\n");
 *       await peer.send("HTTP/1.1 404 Not Found\r\n\r\n");
 *     });
 */
export class PeerServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  /** Every connection so far. */
  readonly peers: Peer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #faults: unknown[] = [];

  static async start(
    play: (peer: Peer, socket: Socket) => void | Promise<void>,
    at: ListenOptions = { host: "127.0.0.1", port: 0 },
  ): Promise<PeerServer> {
    const server = createServer().listen(at);
    await once(server, "listening");
    return new PeerServer(server, play);
  }

  private constructor(server: Server, play: (peer: Peer, socket: Socket) => void | Promise<void>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", async (socket) => {
      this.#sockets.add(socket.setNoDelay(true));
      socket.on("close", () => this.#sockets.delete(socket));
      const peer = new Peer(socket);
      this.peers.push(peer);
      try {
        await play(peer, socket);
      } catch (error) {
        if (!(error instanceof PeerLeft)) this.#faults.push(error);
      }
    });
  }

  /** Ends everything; rejects with what went wrong in the play, but for peers that left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
    if (this.#faults.length > 0) throw this.#faults[0];
  }
}
