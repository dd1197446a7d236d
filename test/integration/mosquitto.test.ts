import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startMosquitto } from "../support/mosquitto.ts";
import { packet } from "../support/packets.ts";

// MQTT 3.1.1, client identifier "c"; the second packet has the user "u" and the password "p".
const anonymous = packet(0x10, Buffer.from("00044d5154540402003c000163", "hex"));
const withPassword = packet(0x10, Buffer.from("00044d51545404c2003c000163000175000170", "hex"));

async function answerTo(request: Buffer, port: number, host: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(request);
  const [answer]: Buffer[] = await once(socket, "data");
  socket.destroy();
  return answer!.toString("hex");
}

test("a private mosquitto accepts all clients on loopback", async () => {
  await using broker = await startMosquitto();
  expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
  expect(await answerTo(anonymous, broker.port, broker.host)).toBe("20020000");
  await broker.said(/New client connected from .* as c /);
});

test("a private mosquitto with users accepts only them", async () => {
  await using broker = await startMosquitto({ users: { u: "p" }, host: "::1" });
  expect(await answerTo(anonymous, broker.port, broker.host)).toBe("20020005");
  expect(await answerTo(withPassword, broker.port, broker.host)).toBe("20020000");
});

test("a private mosquitto can be started again on its port after a crash", async () => {
  await using crashed = await startMosquitto();
  crashed.kill();
  await crashed.exited;
  await using broker = await startMosquitto({ port: crashed.port });
  expect(await answerTo(anonymous, broker.port, broker.host)).toBe("20020000");
});

test("waiting for a log line fails when mosquitto dies", async () => {
  await using broker = await startMosquitto();
  const never = expect(broker.said(/no such line/)).rejects.toThrow("ended without saying /no such line/");
  broker.kill();
  await never;
});

test("a wrong configuration is reported with mosquitto's message", async () => {
  await expect(startMosquitto({ config: ["nonsense"] })).rejects.toThrow(
    'Unknown configuration variable "nonsense"',
  );
});
