import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * Stands between clients and a broker, so that a test can cut what is between them:
 *
 *     await using relay = await Relay.to(broker);
 *     await using client = await Client.connect(relay.url);
 *     relay.cut();
 */
export class Relay {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async to(broker: { host: string; port: number }): Promise<Relay> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, broker);
  }

  private constructor(server: Server, { host, port }: { host: string; port: number }) {
    this.#server = server;
    this.url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (client) => {
      const upstream = connect(port, host);
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.setNoDelay(true).pipe(other);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  /** Ends every connection with a reset, as a crash of either side does. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
