import { type ConnectionOptions, connect } from "node:tls";
import { Client, type ClientOptions } from "../../../lib/index.ts";

/** "accepted", or the code of the error that says why not. */
export type Verdict = string;

/** What our client says of a broker. */
export async function clientVerdict(url: string, options: ClientOptions = {}): Promise<Verdict> {
  try {
    const client = new Client(url, options);
    await client.connect();
    await client.publish("said", "", { qos: 1 });
    await client.disconnect();
    return "accepted";
  } catch (error) {
    return codeOf(error);
  }
}

/** What node:tls says of it; once it has the answer to a CONNECT packet it is content. */
export async function nodeVerdict(options: ConnectionOptions): Promise<Verdict> {
  try {
    const socket = connect(options);
    return await new Promise((resolve) => {
      socket.on("error", (error) => resolve(codeOf(error)));
      socket.on("data", () => {
        resolve("accepted");
        socket.destroy();
      });
      socket.on("close", () => resolve("closed"));
      // Not before: Node would tell what became of the write, rather than of the handshake.
      socket.on("secureConnect", () => socket.write(Buffer.from("100d00044d5154540402003c000178", "hex")));
    });
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? String(error);
}
