import { type ConnectionOptions, connect } from "node:tls";
import { Client, type ClientOptions } from "../../../lib/index.ts";

/** "accepted", or the code of the error. */
export type Verdict = string;

/** The verdict of this library's client on a broker. */
export async function clientVerdict(url: string, options: ClientOptions = {}): Promise<Verdict> {
  try {
    const client = new Client(url, options);
    await client.connect();
    await client.publish("said", "", { qos: 1 });
    await client.disconnect();
    return "accepted";
  } catch (error) {
    return errorCode(error);
  }
}

/** The verdict of node:tls on a broker. It accepts when any answer to a CONNECT packet arrives. */
export async function nodeVerdict(options: ConnectionOptions): Promise<Verdict> {
  try {
    const socket = connect(options);
    return await new Promise((resolve) => {
      socket.on("error", (error) => resolve(errorCode(error)));
      socket.on("data", () => {
        resolve("accepted");
        socket.destroy();
      });
      socket.on("close", () => resolve("closed"));
      // An earlier write would make Node report the error of the write instead of the handshake's.
      socket.on("secureConnect", () => socket.write(Buffer.from("100d00044d5154540402003c000178", "hex")));
    });
  } catch (error) {
    return errorCode(error);
  }
}

function errorCode(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? String(error);
}
