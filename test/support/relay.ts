import { once } from "node:events";
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";

/** The server behind a relay. */
export type Beyond = { host: string; port: number } | { path: string };

/** Divides a chunk of bytes into pieces. */
export type Cutter = (chunk: Buffer) => Iterable<Buffer>;

export interface RelayOptions {
  /** The default is a free port of 127.0.0.1. */
  listen?: ListenOptions;
  /**
   * Makes the cutter of the bytes for a client, once for each connection. Each piece leaves before the next is written.
   */
  cutter?: () => Cutter;
  /** The maximum number of bytes towards a client, asked for once for each connection. */
  limit?: () => number;
  /** The action when a byte beyond the limit arrives. */
  atLimit?: "end" | "reset" | "stall";
}

/** A cutter that makes single bytes. */
export const everyByte = (): Cutter => (chunk) => Array.from(chunk, (byte) => Buffer.of(byte));

/** Makes a cutter that cuts once, after `count` bytes. */
export const after = (count: number) => (): Cutter => {
  let left = count;
  return (chunk) => {
    const pieces = [chunk.subarray(0, left), chunk.subarray(left)];
    left = Math.max(0, left - chunk.length);
    return pieces.filter((piece) => piece.length > 0);
  };
};

/**
 * Stands between clients and a broker, so that a test can cut the connection:
 *
 *     await using relay = await Relay.to(broker);
 *     await using client = await Client.connect(relay.url);
 *     relay.cut();
 */
export class Relay implements AsyncDisposable {
  readonly host = "127.0.0.1";
  /** 0 when it listens on a Unix socket. */
  readonly port: number;
  readonly url: string;
  readonly #server: Server;
  readonly #options: RelayOptions;
  readonly #sockets = new Set<Socket>();
  readonly #upstreams = new Set<Socket>();
  #passed = 0;
  #limited = 0;

  static async to(beyond: Beyond, options: RelayOptions = {}): Promise<Relay> {
    const server = createServer().listen(options.listen ?? { host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    return new Relay(server, beyond, options);
  }

  private constructor(server: Server, beyond: Beyond, options: RelayOptions) {
    this.#server = server;
    this.#options = options;
    const address = server.address() as AddressInfo | string;
    this.port = typeof address === "string" ? 0 : address.port;
    this.url = typeof address === "string" ? `unix:${address}` : `mqtt://127.0.0.1:${address.port}`;
    server.on("connection", (client) => {
      const upstream = connect("path" in beyond ? { path: beyond.path } : beyond);
      this.#upstreams.add(upstream);
      upstream.on("close", () => this.#upstreams.delete(upstream));
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket.setNoDelay(true));
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      this.#join(client, upstream);
    });
  }

  /** The number of bytes from the broker so far. */
  get passed(): number {
    return this.#passed;
  }

  /** The number of connections that have exceeded their limit. */
  get limited(): number {
    return this.#limited;
  }

  /** Neither reads nor writes any more, as a process that has been stopped. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Forwards nothing to the clients any more, but still what they send. */
  muteBroker(): void {
    for (const socket of this.#upstreams) socket.unpipe().pause();
  }

  /** Ends every connection with a reset, as a crash of either side does. */
  cut(): void {
    for (const socket of this.#sockets) reset(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, upstream: Socket): void {
    const { cutter, limit, atLimit } = this.#options;
    upstream.on("data", ({ length }) => {
      this.#passed += length;
    });
    if (!cutter && !limit) {
      client.pipe(upstream).pipe(client);
      return;
    }
    client.pipe(upstream);
    const cut = cutter?.() ?? ((chunk: Buffer) => [chunk]);
    let left = limit?.() ?? Number.POSITIVE_INFINITY;
    const onLimit = () => {
      this.#limited++;
    };
    const down = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const piece of inPieces(chunks, cut)) {
        yield piece.subarray(0, left);
        left -= piece.length;
        if (left >= 0) continue;
        onLimit();
        if (atLimit === "reset") reset(client);
        if (atLimit === "stall") await once(client, "close");
        return;
      }
    };
    pipeline(upstream, down, client).catch(() => {}); // pipeline() destroys both streams
  }
}

/** A Unix socket has no reset. A reset after end() makes Node leave the socket open. */
function reset(socket: Socket): void {
  if (socket.remoteFamily && !socket.writableEnded) socket.resetAndDestroy();
  else socket.destroy();
}

async function* inPieces(chunks: AsyncIterable<Buffer>, cut: Cutter): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (const piece of cut(chunk)) {
      yield piece;
      await nextTurn();
    }
  }
}
