import { Duplex } from "node:stream";
import { Peer } from "../peer.ts";
import { closeFrame, type Frame, FrameSplitter, frame, opcodes } from "./frames.ts";
import { takeUpgradeRequest, type UpgradeRequest, yesTo } from "./upgrade.ts";

/** Answers a request to upgrade; accepts it by default. */
export type UpgradeAnswer = (request: UpgradeRequest, peer: Peer) => void | Promise<void>;

/** The bytes in the binary messages of a WebSocket connection, seen from the server. */
export class WebSocketStream extends Duplex {
  readonly request: UpgradeRequest;
  /** All frames so far. */
  readonly frames: Frame[] = [];
  /** The stream below, for bytes that bypass WebSocket. */
  readonly under: Duplex;
  readonly #splitter = new FrameSplitter();

  /** Reads the request, lets `answer` answer it, and returns the stream that follows. */
  static async over(stream: Duplex, answer: UpgradeAnswer = sayYes): Promise<WebSocketStream> {
    const peer = new Peer(stream);
    const request = await takeUpgradeRequest(peer);
    await answer(request, peer);
    return new WebSocketStream(peer.release(), request);
  }

  private constructor(under: Duplex, request: UpgradeRequest) {
    super();
    this.under = under;
    this.request = request;
    under.on("data", (bytes: Buffer) => this.#take(bytes));
    under.on("end", () => this.push(null));
    under.on("error", (error) => this.destroy(error));
    under.on("close", () => this.destroy());
    if (under.destroyed) this.destroy();
  }

  override _read(): void {
    this.under.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.under.write(frame(bytes), done);
  }

  override _final(done: () => void): void {
    if (this.under.writable) this.under.write(closeFrame(1000));
    this.under.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.under.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    for (const received of this.#splitter.add(bytes)) {
      this.frames.push(received);
      const fault = findFault(received);
      if (fault) this.destroy(new Error(`against RFC 6455: ${fault}`));
      else this.#act(received);
    }
  }

  #act({ opcode, payload }: Frame): void {
    switch (opcode) {
      case opcodes.ping:
        this.under.write(frame(payload, { opcode: opcodes.pong }));
        break;
      case opcodes.pong:
        break;
      case opcodes.close:
        this.push(null);
        this.end();
        break;
      default:
        if (payload.length > 0 && !this.push(payload)) this.under.pause();
    }
  }
}

const sayYes: UpgradeAnswer = (request, peer) => peer.send(yesTo(request));

/** The violations in a client's frame (RFC 6455, sections 5.1 and 5.5; [MQTT-6.0.0-1]). */
function findFault({ opcode, fin, reserved, mask, payload }: Frame): string | undefined {
  if (!mask) return "a client's frame without a mask";
  if (reserved !== 0) return "reserved bits";
  if (opcode >= 8 && (!fin || payload.length > 125)) return "a control frame that is cut or too long";
  const known: readonly number[] = Object.values(opcodes);
  if (!known.includes(opcode)) return `the opcode ${opcode}`;
  return opcode === opcodes.text ? "a text message, where MQTT wants binary ones" : undefined;
}
