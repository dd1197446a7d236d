import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { PeerLeft } from "./peer.ts";
import type { Identity } from "./tls/authority.ts";
import { type UpgradeAnswer, WebSocketStream } from "./websocket/stream.ts";

/** What is between the socket and MQTT. */
export interface Layers {
  tls?: TlsOptions;
  /** WebSocket; what a function does is the answer to the request to upgrade. */
  webSocket?: true | UpgradeAnswer;
}

/** Each that a connection may have, by name, with a server of this identity. */
export const kindsOfLayers: Record<string, (server: Identity) => Layers> = {
  TCP: () => ({}),
  TLS: ({ key, chain }) => ({ tls: { key, cert: chain } }),
  WebSocket: () => ({ webSocket: true }),
  "WebSocket over TLS": ({ key, chain }) => ({ webSocket: true, tls: { key, cert: chain } }),
};

/** Called with each stream that MQTT can be spoken over, and the socket under it. */
type Ready = (stream: Duplex, socket: Socket) => void;

/** The server's side of the layers. */
export class ServerLayers {
  /** What node:tls said of clients whose handshakes failed, and what others did against RFC 6455. */
  readonly failures: Error[] = [];
  readonly #tls: Server | undefined;
  readonly #webSocket: Layers["webSocket"];
  readonly #ready: Ready;
  /** Those whose TLS handshake is not over, by the port that they come from. */
  readonly #negotiating = new Map<number | undefined, Socket>();

  constructor({ tls, webSocket }: Layers, ready: Ready) {
    this.#webSocket = webSocket;
    this.#ready = ready;
    this.#tls = tls && createServer(tls);
    this.#tls?.on("tlsClientError", (error) => this.failures.push(error));
    this.#tls?.on("secureConnection", (stream: TLSSocket) => {
      const socket = this.#negotiating.get(stream.remotePort);
      if (socket) this.#upgrade(stream, socket);
    });
  }

  add(socket: Socket): void {
    if (this.#tls) this.#negotiate(this.#tls, socket);
    else this.#upgrade(socket, socket);
  }

  #negotiate(tls: Server, socket: Socket): void {
    const { remotePort } = socket;
    this.#negotiating.set(remotePort, socket);
    socket.on("close", () => this.#negotiating.delete(remotePort));
    tls.emit("connection", socket);
  }

  #upgrade(under: Duplex, socket: Socket): void {
    if (!this.#webSocket) {
      this.#ready(under, socket);
      return;
    }
    const answer = this.#webSocket === true ? undefined : this.#webSocket;
    WebSocketStream.over(under, answer).then(
      (stream) => this.#ready(stream, socket),
      (error: Error) => {
        if (!(error instanceof PeerLeft)) this.failures.push(error);
        under.destroy();
      },
    );
  }
}

/** The URL scheme of what the layers make. */
export function schemeOf({ tls, webSocket }: Layers): string {
  if (webSocket) return tls ? "wss" : "ws";
  return tls ? "mqtts" : "mqtt";
}
