import { once } from "node:events";
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** The other side closed the connection before all expected bytes had arrived. */
export class PeerLeft extends Error {
  constructor() {
    super("the connection ended where more bytes were expected");
  }
}

/** One end of a connection. It reads a given number of bytes, or up to a mark. */
export class Peer {
  readonly stream: Duplex;
  /** Settles when the connection ends; never rejects. */
  readonly closed: Promise<void>;
  /** The bytes that have arrived and nobody has taken. */
  #bytes = Buffer.alloc(0);
  #ended = false;
  /** Called when bytes have arrived or the stream has ended. */
  #wake = () => {};

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("error", () => {}); // "close" follows
    this.closed = new Promise((resolve) => stream.once("close", resolve));
    for (const event of ["end", "close"]) {
      stream.once(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  /** Takes exactly `count` bytes. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await this.#more();
    return this.#takeFirst(count);
  }

  /** Takes the bytes up to a mark, including it. */
  async takeUntil(mark: string): Promise<Buffer> {
    for (;;) {
      const start = this.#bytes.indexOf(mark);
      if (start >= 0) return this.#takeFirst(start + mark.length);
      await this.#more();
    }
  }

  /** Stops reading and puts bytes that nobody has taken back into the stream. */
  release(): Duplex {
    this.stream.pause();
    if (this.#bytes.length > 0) this.stream.unshift(this.#takeFirst(this.#bytes.length));
    return this.stream;
  }

  /** Resolves when the bytes have been written or can no longer be. */
  async send(bytes: string | Uint8Array): Promise<void> {
    await new Promise((resolve) => this.stream.write(bytes, resolve));
  }

  /** Sends single bytes; each leaves before the next is written. */
  async sendByteByByte(bytes: string | Uint8Array): Promise<void> {
    for (const byte of Buffer.from(bytes)) {
      await this.send(Buffer.of(byte));
      await nextTurn();
    }
  }

  /** Connects two streams: bytes flow both ways, and the end of one ends the other. */
  joinWith(other: Duplex): void {
    const stream = this.release();
    for (const [from, to] of [
      [stream, other],
      [other, stream],
    ] as const) {
      from.pipe(to);
      from.on("error", () => {});
      if (from.destroyed) to.destroy();
      else from.on("close", () => to.destroy());
    }
  }

  #takeFirst(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#ended || this.stream.destroyed) throw new PeerLeft();
    const take = (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.stream.pause();
      this.#wake();
    };
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.stream.once("data", take).resume();
    });
    this.stream.off("data", take);
  }
}

/**
 * A server that runs a test's function for each connection:
 *
 *     await using server = await PeerServer.start(async (peer) => {
 *       await peer.takeUntil("\r\n\r\n");
 *       await peer.send("HTTP/1.1 404 Not Found\r\n\r\n");
 *     });
 */
export class PeerServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  /** All connections so far. */
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

  /** Ends all connections. Rejects with the first error of the test's function, unless that is PeerLeft. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
    if (this.#faults.length > 0) throw this.#faults[0];
  }
}
