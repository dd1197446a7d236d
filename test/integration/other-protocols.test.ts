import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, test } from "vitest";
import { Client, MqttConnectError, ProtocolVersion } from "../../lib/index.ts";
import { packet } from "../support/packets.ts";
import { protocols } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** Connects to a server of another protocol; returns the error. */
async function failureAt(
  server: Server,
  scheme = "mqtt",
  protocol: ProtocolVersion = ProtocolVersion.V311,
): Promise<unknown> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = new Client(`${scheme}://127.0.0.1:${port}`, { protocol });
  const error = await client.connect().catch((reason: unknown) => reason);
  server.close();
  return error;
}

/** Answers the first bytes of each connection. */
const answering = (answer: string | Buffer): Server =>
  createServer((socket) => socket.on("error", () => {}).once("data", () => socket.write(answer)));

/** TLS's answer to something else: a fatal alert, unexpected message. */
const ALERT = Buffer.from("1503010002020a", "hex");

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test("the port of a web server is named as such", async () => {
    expect(await failureAt(createHttpServer(), "mqtt", protocol)).toMatchObject({
      code: "PROTOCOL_ERROR",
      message: expect.stringContaining(
        'The port speaks HTTP, not MQTT: it answered "HTTP/1.1 400 Bad Request"',
      ),
    });
  });

  test("a port that speaks TLS is named as such", async () => {
    expect(await failureAt(answering(ALERT), "mqtt", protocol)).toMatchObject({
      code: "PROTOCOL_ERROR",
      message: expect.stringContaining("The port speaks TLS, but was connected to without TLS"),
    });
  });

  test("the text of another server is quoted without control characters", async () => {
    expect(await failureAt(answering("220 \u001b[31mmail\r\n"), "mqtt", protocol)).toMatchObject({
      code: "PROTOCOL_ERROR",
      message: expect.not.stringContaining("\u001b"),
    });
    expect(await failureAt(answering("SSH-2.0-server\r\n"), "mqtt", protocol)).toMatchObject({
      message: expect.stringContaining('The port does not speak MQTT: it answered "SSH-2.0-server"'),
    });
  });
});

test("a request for WebSocket names the protocol of the port", async () => {
  const named = (protocol: string) => ({
    code: "WEBSOCKET_PROTOCOL_ERROR",
    message: expect.stringContaining(
      `The server's answer to the WebSocket upgrade is not HTTP/1 but ${protocol}`,
    ),
  });
  expect(await failureAt(answering(ALERT), "ws")).toMatchObject(named("TLS"));
  expect(await failureAt(answering(packet(0x20, Buffer.from([0, 1]))), "ws")).toMatchObject(named("MQTT"));
  expect(await failureAt(answering(packet(0xe0, Buffer.from([0x81]))), "ws")).toMatchObject(named("MQTT"));
});

describe("a DISCONNECT before CONNACK", () => {
  const disconnected = async (body: Buffer, protocol: ProtocolVersion) => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_, session) => session.send(packet(0xe0, body)),
    });
    return await new Client(broker.url, { protocol }).connect().catch((error: unknown) => error);
  };

  test("tells its reason on MQTT 5", async () => {
    const reason = Buffer.from("\u001f\u0000\u0005later", "latin1");
    const error = await disconnected(Buffer.from([0x8b, reason.length, ...reason]), ProtocolVersion.V5);
    expect(error).toBeInstanceOf(MqttConnectError);
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      message: expect.stringContaining("[code:139] Server shutting down: later"),
      reasonCode: { value: 0x8b },
      properties: { reasonString: "later" },
    });
  });

  test("without a reason is one all the same on MQTT 5", async () => {
    expect(await disconnected(Buffer.alloc(0), ProtocolVersion.V5)).toMatchObject({
      code: "CONNECTION_REFUSED",
      reasonCode: { value: 0 },
    });
  });

  test.each([ProtocolVersion.V31, ProtocolVersion.V311])("is a protocol error on %s", async (protocol) => {
    expect(await disconnected(Buffer.alloc(0), protocol)).toMatchObject({
      code: "PROTOCOL_ERROR",
      message: expect.stringContaining("The broker sent DISCONNECT"),
    });
  });
});
