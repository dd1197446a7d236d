import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { takeOne } from "../../support/messages.ts";
import type { Peer } from "../../support/peer.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";
import { closeFrame, type Frame, type FrameOptions, frame, opcodes } from "../../support/websocket/frames.ts";
import type { WebSocketStream } from "../../support/websocket/stream.ts";
import { acceptKey, httpResponse, type UpgradeRequest, yesTo } from "../../support/websocket/upgrade.ts";

// WebSocket (RFC 6455) with a server whose every byte the test controls.

const refusedUpgrade = { name: "MqttError", code: "WEBSOCKET_REFUSED" };
const brokenUpgrade = { name: "MqttError", code: "WEBSOCKET_PROTOCOL_ERROR" };
const violated = { name: "MqttError", code: "PROTOCOL_ERROR" };

/** The outcome of a connect to a server with this answer. */
async function answeredWith(
  answer: (request: UpgradeRequest, peer: Peer) => Promise<void>,
): Promise<unknown> {
  await using broker = await ScriptedBroker.serving({}, { webSocket: answer });
  try {
    await using _client = await Client.connect(broker.url, { timeout: 5 });
    return "connected";
  } catch (error) {
    return error;
  }
}

describe("upgrade requests", () => {
  async function captureRequest(options: ClientOptions, path = ""): Promise<UpgradeRequest> {
    await using broker = await ScriptedBroker.serving({}, { webSocket: true });
    await using _client = await Client.connect(broker.url + path, options);
    const { request } = (await broker.accept()).stream as WebSocketStream;
    expect(request.headers.get("host")).toBe(`127.0.0.1:${broker.port}`);
    return request;
  }

  test.each([
    ["", {}, "/mqtt"],
    ["/", {}, "/"],
    ["/of/url?with=query", {}, "/of/url?with=query"],
    ["", { websocketPath: "/of/option" }, "/of/option"],
    ["/of/url", { websocketPath: "/of/option" }, "/of/option"],
  ])("the URL path %j with the options %j gives the path %s", async (path, options, expected) => {
    expect((await captureRequest(options, path)).path).toBe(expected);
  });

  test("websocketHeaders are added to the request", async () => {
    const { headers } = await captureRequest({
      websocketHeaders: { Authorization: "Bearer x", "X-Empty": "" },
    });
    expect(headers.get("authorization")).toBe("Bearer x");
    expect(headers.get("x-empty")).toBe("");
  });

  test("a websocketHeaders function is called for each connect", async () => {
    await using broker = await ScriptedBroker.serving({}, { webSocket: true });
    let count = 0;
    const websocketHeaders = (defaults: Record<string, string>) => ({
      ...defaults,
      "X-Count": String(++count),
    });
    const client = new Client(broker.url, { websocketHeaders });
    const keys = new Set<string | undefined>();
    for (const expected of ["1", "2", "3"]) {
      await client.connect();
      const { headers } = ((await broker.accept()).stream as WebSocketStream).request;
      expect(headers.get("x-count")).toBe(expected);
      keys.add(headers.get("sec-websocket-key"));
      await client.disconnect();
    }
    expect(keys.size).toBe(3);
  });

  test("an error of a websocketHeaders function fails the connect, and the next connect works", async () => {
    await using broker = await ScriptedBroker.serving({}, { webSocket: true });
    let fails = true;
    const client = new Client(broker.url, {
      websocketHeaders: (defaults) => {
        if (fails) throw new RangeError("no token");
        return defaults;
      },
    });
    await expect(client.connect()).rejects.toThrow("no token");
    fails = false;
    await client.connect();
    await client.disconnect();
  });
});

describe("accepted answers to an upgrade", () => {
  const yes: Record<string, (request: UpgradeRequest, peer: Peer) => Promise<void>> = {
    "of single bytes": (request, peer) => peer.sendByteByByte(yesTo(request)),
    "without a sub-protocol": (request, peer) =>
      peer.send(yesTo(request, { "Sec-WebSocket-Protocol": undefined })),
    "with other capital letters and spaces": (request, peer) =>
      peer.send(
        `HTTP/1.1 101\r\nUPGRADE: WebSocket\r\nconnection:keep-alive ,  UPGRADE\t\r\nSec-websocket-accept:${acceptKey(request)}\r\n\r\n`,
      ),
    "with many more headers": (request, peer) =>
      peer.send(
        yesTo(request, Object.fromEntries(numbered(200).map((n) => [`X-Header-${n}`, "v".repeat(40)]))),
      ),
    "after an informational response": (request, peer) =>
      peer.send(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${yesTo(request)}`),
    "with a frame directly after it": (request, peer) =>
      peer.send(Buffer.concat([Buffer.from(yesTo(request)), frame("early", { opcode: opcodes.ping })])),
  };
  test.each(Object.entries(yes))("an answer %s is accepted", async (_what, answer) => {
    expect(await answeredWith(answer)).toBe("connected");
  });
});

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("refusals of an upgrade", () => {
  test.each([
    ["301 Moved Permanently", { Location: "/elsewhere" }, /301 Moved Permanently.*\/elsewhere/],
    ["401 Unauthorized", { "WWW-Authenticate": "Basic" }, /401 Unauthorized/],
    ["404 Not Found", { "Content-Length": "5" }, /404 Not Found/],
    ["426 Upgrade Required", {}, /426 Upgrade Required/],
    ["503 Service Unavailable", {}, /503/],
    ["200 OK", {}, /200 OK/],
  ])("the HTTP status %s refuses an upgrade", async (status, headers, message) => {
    const error = await answeredWith((_request, peer) => peer.send(`${httpResponse(status, headers)}hello`));
    expect(error).toMatchObject({ ...refusedUpgrade, message: expect.stringMatching(message) });
  });
});

describe("malformed answers to an upgrade", () => {
  const changed = (changes: Record<string, string | undefined>) => (request: UpgradeRequest, peer: Peer) =>
    peer.send(yesTo(request, changes));
  const raw = (bytes: string) => (_request: UpgradeRequest, peer: Peer) => peer.send(bytes);
  const answers: Record<string, (request: UpgradeRequest, peer: Peer) => Promise<void>> = {
    "the accept value of another key": changed({ "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }),
    "no accept value": changed({ "Sec-WebSocket-Accept": undefined }),
    "an upgrade to another protocol": changed({ Upgrade: "h2c" }),
    "no upgrade": changed({ Upgrade: undefined }),
    "another Connection header": changed({ Connection: "close" }),
    "a sub-protocol that was not offered": changed({ "Sec-WebSocket-Protocol": "wamp" }),
    "an extension that was not offered": changed({ "Sec-WebSocket-Extensions": "permessage-deflate" }),
    "the version HTTP/1.0": (request, peer) => peer.send(yesTo(request).replace("1.1", "1.0")),
    "another protocol": raw("SSH-2.0-OpenSSH_9.2\r\n"),
    "a CONNACK": raw("\x20\x02\0\0"),
    "wrong first bytes": raw("XX"),
    "a header without a name": raw("HTTP/1.1 101 Switching Protocols\r\n: x\r\n\r\n"),
    "a status that is not a number": raw("HTTP/1.1 abc\r\n\r\n"),
    "an endless line": raw(`HTTP/1.1 101 ${"a".repeat(100_000)}`),
    "endless headers": raw(`HTTP/1.1 101 Yes\r\n${"X-Header: value\r\n".repeat(100_000)}`),
    "endless informational responses": raw("HTTP/1.1 100 Continue\r\n\r\n".repeat(100_000)),
  };
  test.each(Object.entries(answers))("an answer with %s fails the upgrade", async (_what, answer) => {
    expect(await answeredWith(answer)).toMatchObject(brokenUpgrade);
  });

  test("a server that closes without an answer fails the upgrade", async () => {
    expect(await answeredWith(async (_request, peer) => void peer.stream.end())).toMatchObject({
      code: "ECONNRESET",
    });
  });
});

interface Upgraded extends AsyncDisposable {
  client: Client;
  session: ScriptedSession;
  stream: WebSocketStream;
  /** Sends bytes below the WebSocket layer, in the given pieces. */
  raw(...pieces: Buffer[]): Promise<void>;
}

async function upgraded(options: ClientOptions = {}): Promise<Upgraded> {
  const broker = await ScriptedBroker.serving({}, { webSocket: true });
  const client = await Client.connect(broker.url, options);
  const session = await broker.accept();
  const stream = session.stream as WebSocketStream;
  return {
    client,
    session,
    stream,
    async raw(...pieces) {
      for (const piece of pieces) {
        await new Promise((resolve) => stream.under.write(piece, resolve));
        await nextTurn();
      }
    },
    async [Symbol.asyncDispose]() {
      await client.disconnect({ timeout: 0 });
      await broker.stop();
    },
  };
}

describe("frames of the server", () => {
  /** A message whose payload names the position of its cut. */
  const publish = ({ packets }: ScriptedSession, cut: number) =>
    packets.publish({ topic: "cut", payload: `at ${cut}` });

  const expectCut = async (client: Client, cut: number) => {
    expect((await takeOne(client)).text()).toBe(`at ${cut}`);
  };

  test("a frame may arrive in two pieces, cut at any byte", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    const length = frame(publish(session, 10)).length;
    for (let cut = 1; cut < length; cut++) {
      const bytes = frame(publish(session, cut));
      await raw(bytes.subarray(0, cut), bytes.subarray(cut));
      await expectCut(client, cut);
    }
  });

  test("a frame may arrive byte by byte, with each form of its length", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    for (const size of [100, 125, 126, 65_535, 65_536]) {
      const bytes = frame(session.packets.publish({ topic: "t", payload: Buffer.alloc(size, "x") }));
      await raw(...Array.from(bytes.subarray(0, 20), (byte) => Buffer.of(byte)), bytes.subarray(20));
      expect((await takeOne(client)).payload).toHaveLength(size);
    }
  });

  test("a packet may span two frames or two messages, cut at any byte", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    const length = publish(session, 10).length;
    for (let cut = 0; cut <= length; cut++) {
      const bytes = publish(session, cut);
      const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      await raw(frame(first, { fin: false }), frame(second, { opcode: opcodes.continuation }));
      await expectCut(client, cut);
      await raw(Buffer.concat([frame(first), frame(""), frame(second)]));
      await expectCut(client, cut);
    }
  });

  test("a frame may have several packets, and a packet as many frames as bytes", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    const three = Buffer.concat([1, 2, 3].map((number) => publish(session, number)));
    await raw(frame(three));
    await raw(Buffer.concat(Array.from(three, (byte) => frame(Buffer.of(byte)))));
    for (const number of [1, 2, 3, 1, 2, 3]) await expectCut(client, number);
  });

  test("pings between the frames of a message are answered by pongs with the same payload", async () => {
    await using connection = await upgraded();
    const { client, session, stream, raw } = connection;
    const bytes = publish(session, 5);
    const pings = ["", "hello", "p".repeat(125)];
    await raw(frame(bytes.subarray(0, 5), { fin: false }));
    for (const text of pings) {
      const answered = nextFrame(stream, opcodes.pong);
      await raw(frame(text, { opcode: opcodes.ping }));
      expect((await answered).payload.toString()).toBe(text);
    }
    await raw(frame("unasked", { opcode: opcodes.pong }));
    await raw(frame(bytes.subarray(5), { opcode: opcodes.continuation }));
    await expectCut(client, 5);
  });

  test.each<readonly [what: string, bytes: Buffer]>([
    ["a text message", frame("text", { opcode: opcodes.text })],
    ["a mask", frame("x", { mask: Buffer.of(1, 2, 3, 4) })],
    ...[1, 2, 4].map((reserved) => [`the reserved bit ${reserved}`, frame("x", { reserved })] as const),
    ...[3, 7, 11, 15].map((opcode) => [`the opcode ${opcode}`, frame("x", { opcode })] as const),
    ["a continuation without a first frame", frame("x", { opcode: opcodes.continuation })],
    ["a message within another", Buffer.concat([frame("\x30", { fin: false }), frame("x")])],
    ["a fragmented ping", frame("x", { opcode: opcodes.ping, fin: false })],
    ["a ping of 126 bytes", frame("x".repeat(126), { opcode: opcodes.ping })],
    ["a short length in 16 bits", frame("x", { lengthBits: 16 })],
    ["a short length in 64 bits", frame("x", { lengthBits: 64 })],
    ["a length of 2^63", frame("", { lengthBits: 64, length: 2n ** 63n })],
    ["a close frame with one byte of a code", frame("x", { opcode: opcodes.close })],
    ["a close frame with a reserved code", closeFrame(1005)],
    ["a close frame with an invalid code", closeFrame(999)],
  ])("%s ends the connection", async (what, bytes) => {
    await using connection = await upgraded();
    const { client, stream, raw } = connection;
    const answer = nextFrame(stream, opcodes.close);
    await raw(bytes);
    expect(await client.closed).toMatchObject(violated);
    expect((await answer).payload.readUInt16BE()).toBe(what === "a text message" ? 1003 : 1002);
  });

  test("a huge frame that does not arrive occupies no memory", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    const before = process.memoryUsage().rss;
    await raw(frame("\x30", { lengthBits: 64, length: 2n ** 40n } satisfies FrameOptions));
    await client.publish("still", "alive");
    expect((await session.waitFor("PUBLISH")).topic).toBe("still");
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});

/** Waits for the next frame with this opcode. */
async function nextFrame(stream: WebSocketStream, opcode: number): Promise<Frame> {
  const seen = stream.frames.length;
  for (;;) {
    const found = stream.frames.slice(seen).find((each) => each.opcode === opcode);
    if (found) return found;
    if (stream.under.closed) throw new Error(`the connection ended before a frame ${opcode} came`);
    await Promise.race(
      ["data", "close"].map((event) => new Promise((resolve) => stream.under.once(event, resolve))),
    );
  }
}

describe("frames of the client", () => {
  test("frames of the client are binary and final, and each has a mask of its own", async () => {
    await using connection = await upgraded();
    const { client, stream } = connection;
    for (const size of [0, 1, 100, 125, 126, 65_535, 65_536, 1_000_000])
      await client.publish("t", Buffer.alloc(size, size), { qos: 1 });
    const masks = stream.frames.map(({ mask }) => mask!.toString("hex"));
    expect(new Set(masks).size).toBe(masks.length);
    expect(stream.frames.every(({ opcode }) => opcode === opcodes.binary)).toBe(true);
  });

  test("the last frame of a client is a close frame with code 1000", async () => {
    await using connection = await upgraded();
    const { client, session, stream } = connection;
    await client.disconnect();
    expect(await session.closed).toBe(undefined);
    const last = stream.frames.at(-1)!;
    expect([last.opcode, last.payload.readUInt16BE()]).toEqual([opcodes.close, 1000]);
    expect(session.received.at(-1)?.type).toBe("DISCONNECT");
  });
});

describe("close frames of the server", () => {
  test.each([
    ["with a code and a reason", closeFrame(1001, "for lunch"), 1001, /1001.*for lunch/],
    ["with a code", closeFrame(1011), 1011, /1011/],
    ["with a code of its own", closeFrame(4711, "x"), 4711, /4711/],
    ["without a code", closeFrame(), undefined, /closed the WebSocket/],
  ])("a WebSocket that the server closes %s ends the connection", async (_what, bytes, code, message) => {
    await using connection = await upgraded();
    const { client, stream, raw } = connection;
    const answer = nextFrame(stream, opcodes.close);
    await raw(bytes);
    const { payload } = await answer;
    expect(payload.length < 2 ? undefined : payload.readUInt16BE()).toBe(code);
    const lost = { code: "CONNECTION_LOST", message: expect.stringMatching(message) };
    expect(await client.closed).toMatchObject(lost);
  });

  test("a TCP connection that ends without a close frame is a lost connection", async () => {
    await using connection = await upgraded();
    connection.stream.under.end();
    expect(await connection.client.closed).toMatchObject({ code: "CONNECTION_LOST" });
  });

  test("messages before a close frame are all delivered", async () => {
    await using connection = await upgraded();
    const { client, session, raw } = connection;
    const messages = numbered(100).map((number) =>
      frame(session.packets.publish({ topic: "t", payload: String(number) })),
    );
    await raw(Buffer.concat([...messages, closeFrame(1000)]));
    for (const number of numbered(100)) expect((await takeOne(client)).text()).toBe(String(number));
    expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
  });
});
