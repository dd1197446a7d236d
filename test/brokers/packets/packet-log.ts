import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { PacketSplitter } from "../../support/packet-splitter.ts";

/** MQTT 5, section 2.1.2. */
const NAMES = [
  ...["reserved", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE"],
  ...["SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"],
];

/** Bytes of a packet that are shown. */
const SHOWN = 48;

/** Writes down the packets that pass between clients and a broker over TCP, one a line, in both directions. */
export class PacketLog implements AsyncDisposable {
  readonly port: number;
  readonly lines: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async to(beyond: { host: string; port: number }): Promise<PacketLog> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new PacketLog(server, beyond);
  }

  private constructor(server: Server, beyond: { host: string; port: number }) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    let connections = 0;
    server.on("connection", (client) => {
      const name = `${++connections}`;
      const upstream = connect(beyond);
      this.#join(client, upstream, `${name} →`);
      this.#join(upstream, client, `${name} ←`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket, direction: string): void {
    this.#sockets.add(from.setNoDelay(true));
    const splitter = new PacketSplitter();
    from.on("data", (bytes: Buffer) => {
      for (const packet of splitter.add(bytes)) this.lines.push(`${direction} ${shown(packet)}`);
      to.write(bytes);
    });
    from.on("error", () => {}); // "close" follows
    from.on("close", () => {
      this.lines.push(`${direction} closed`);
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}

function shown(packet: Buffer): string {
  const hex = packet
    .subarray(0, SHOWN)
    .toString("hex")
    .replaceAll(/..(?=.)/g, "$& ");
  const more = packet.length > SHOWN ? ` … (${packet.length} bytes)` : "";
  return `${NAMES[(packet[0] ?? 0) >> 4]} ${hex}${more}`;
}
