import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { PacketSplitter } from "../support/packet-splitter.ts";
import type { Random } from "../support/random.ts";

/** The faults of one direction of a connection. Positions are in bytes from its beginning, times in milliseconds. */
export interface Faults {
  /** The delay of each piece. */
  delay?: number;
  /** The maximum size of a piece. A turn of the event loop separates the pieces. */
  pieces?: number;
  /** A pause at this byte. */
  stall?: { at: number; for: number };
  /** A byte that is changed by XOR with `mask`. */
  corrupt?: { at: number; mask: number };
  /** The end of the connection after this byte: in order, by a reset, or of this direction only. */
  end?: { at: number; how: "close" | "reset" | "half" };
}

/** The faults of both directions of a connection. */
export interface Schedule {
  toBroker: Faults;
  toClient: Faults;
}

/** Makes a random schedule. Bytes are changed only if `corrupting`. */
export function randomSchedule(random: Random, { corrupting = false } = {}): Schedule {
  // Small positions hit the handshake, larger ones the traffic.
  const position = () => random.below(random.pick([4, 60, 400, 3_000, 40_000]));
  const way = (): Faults => ({
    ...(random.below(5) === 0 && { delay: random.below(20) }),
    ...(random.below(5) === 0 && { pieces: 1 + random.below(random.pick([3, 40, 1_000])) }),
    ...(random.below(6) === 0 && { stall: { at: position(), for: random.below(80) } }),
    ...(corrupting && random.below(2) === 0 && { corrupt: { at: position(), mask: 1 + random.below(255) } }),
    ...(random.below(2) === 0 && {
      end: { at: position(), how: random.pick(["close", "reset", "half"] as const) },
    }),
  });
  return { toBroker: way(), toClient: way() };
}

/**
 * Stands between clients and a broker, and applies one schedule to each connection:
 *
 *     await using relay = await FaultyRelay.to(broker, () => randomSchedule(random));
 *     await relay.heal(); // ends all connections; later ones have no faults
 */
export class FaultyRelay {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: () => Schedule;

  /** Starts a relay. `overhear` is called with every packet of the broker. */
  static async to(
    broker: { host: string; port: number },
    next: () => Schedule,
    overhear?: (packet: Buffer) => void,
  ): Promise<FaultyRelay> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultyRelay(server, broker, next, overhear);
  }

  private constructor(
    server: Server,
    broker: { host: string; port: number },
    next: () => Schedule,
    overhear?: (packet: Buffer) => void,
  ) {
    this.#server = server;
    this.#next = next;
    this.url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (client) => {
      const upstream = connect({ ...broker, allowHalfOpen: true });
      const { toBroker, toClient } = this.#next();
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket.setNoDelay(true));
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#sockets.delete(socket);
          for (const other of [client, upstream]) other.destroy();
        });
      }
      const splitter = new PacketSplitter();
      const observe = (bytes: Buffer) => {
        for (const packet of splitter.add(Buffer.from(bytes))) overhear?.(packet);
      };
      void forward(client, upstream, toBroker);
      void forward(upstream, client, toClient, observe);
    });
  }

  /** Ends all connections; later ones have no faults. */
  async heal(): Promise<void> {
    this.#next = () => ({ toBroker: {}, toClient: {} });
    this.cut();
    // Delayed bytes must not reach the broker after bytes that are sent from now on.
    await Promise.all([...this.#sockets].map((socket) => socket.destroyed || once(socket, "close")));
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Forwards bytes in one direction until the end, which may be one of the faults. */
async function forward(
  from: Socket,
  to: Socket,
  faults: Faults,
  observe: (bytes: Buffer) => void = () => {},
): Promise<void> {
  let position = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      observe(chunk);
      for (const piece of cut(chunk, position, faults)) {
        if (faults.stall && position >= faults.stall.at) {
          await delay(faults.stall.for);
          delete faults.stall;
        }
        if (faults.delay) await delay(faults.delay);
        if (faults.pieces) await new Promise(setImmediate);
        if (piece.length > 0 && !to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
        position += piece.length;
        if (faults.end && position >= faults.end.at) return finish(from, to, faults.end.how);
      }
    }
    to.end();
  } catch {
    to.destroy(); // the other side is closed
  }
}

/** Divides a chunk into pieces that end at the positions of faults. */
function* cut(chunk: Buffer, position: number, { pieces, stall, corrupt, end }: Faults): Generator<Buffer> {
  if (corrupt && corrupt.at >= position && corrupt.at < position + chunk.length)
    chunk[corrupt.at - position] = (chunk[corrupt.at - position] as number) ^ corrupt.mask;
  for (let begin = 0; begin < chunk.length; ) {
    const at = position + begin;
    const stops = [stall?.at, end?.at].flatMap((stop) => (stop !== undefined && stop > at ? stop - at : []));
    const size = Math.min(chunk.length - begin, pieces ?? Number.POSITIVE_INFINITY, ...stops);
    yield chunk.subarray(begin, begin + size);
    begin += size;
  }
}

function finish(from: Socket, to: Socket, how: "close" | "reset" | "half"): void {
  if (how === "reset") for (const socket of [from, to]) socket.resetAndDestroy();
  else if (how === "close") for (const socket of [from, to]) socket.destroySoon();
  else to.end();
}
