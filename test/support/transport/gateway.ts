import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Layers, ServerLayers } from "../layers.ts";
import { Peer } from "../peer.ts";

/**
 * Decodes the layers of a client's connection and forwards MQTT to a broker. Mosquitto's own WebSocket listener needs a
 * second for 40 KiB, which is too slow for most tests.
 */
export class Gateway implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async to(brokerPort: number, layers: Layers): Promise<Gateway> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Gateway(server, brokerPort, layers);
  }

  private constructor(server: Server, brokerPort: number, layers: Layers) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    const serverLayers = new ServerLayers(layers, (stream) => {
      const upstream = connect(brokerPort, "127.0.0.1").setNoDelay(true);
      new Peer(stream).joinWith(upstream);
    });
    server.on("connection", (socket) => {
      this.#sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
      serverLayers.add(socket);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
