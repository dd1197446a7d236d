import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type AuthenticationOptions,
  Client,
  type ClientOptions,
  ProtocolVersion,
} from "../../../lib/index.ts";
import { packet, v5 } from "../../support/packets.ts";
import { decodeProperties, type Properties } from "../../support/properties.ts";
import { type Answers, silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const METHOD = "COUNTING";
const CONTINUE = 0x18;
const RE_AUTHENTICATE = 0x19;
const named = (data?: string): Properties => ({
  authenticationMethod: METHOD,
  ...(data === undefined ? {} : { authenticationData: Buffer.from(data) }),
});

/** Answers "n" with "n+1". */
const counting = (): AuthenticationOptions => ({
  method: METHOD,
  data: "1",
  onChallenge: vi.fn(async (data: Buffer) => `${Number(data.toString()) + 1}`),
});

const makeOptions = (authentication: AuthenticationOptions): ClientOptions => ({
  protocol: ProtocolVersion.V5,
  authentication,
});

/** Counts with the client up to 5 and then accepts it. It does the same for a re-authentication. */
const countingBroker: Answers = {
  CONNECT: ({ properties }, session) => {
    expect(decodeProperties(properties)).toEqual(named("1"));
    return session.send(v5.auth({ reasonCode: CONTINUE, properties: named("2") }));
  },
  AUTH: ({ properties, reasonCode }, session) => {
    const { authenticationData, authenticationMethod } = decodeProperties(properties);
    expect(authenticationMethod).toBe(METHOD);
    const count = Number(Buffer.from(authenticationData!).toString());
    if (count < 5) return session.send(v5.auth({ reasonCode: CONTINUE, properties: named(`${count + 1}`) }));
    const isFirst = !session.received.some(
      (each) => each.type === "AUTH" && each.reasonCode === RE_AUTHENTICATE,
    );
    expect(reasonCode).toBe(CONTINUE);
    const last = named("done");
    return session.send(isFirst ? v5.connack({ properties: last }) : v5.auth({ properties: last }));
  },
};

let broker: ScriptedBroker;
afterEach(() => broker?.stop());

/** A client that is connected to such a broker, and the broker's session. */
async function authenticated(answers: Answers = countingBroker, authentication = counting()) {
  broker = await ScriptedBroker.serving(answers);
  const client = await Client.connect(broker.url, makeOptions(authentication));
  const session = await broker.accept();
  return { client, session, authentication };
}

/** A client's attempt to connect to a broker that answers CONNECT in this way. */
async function attempt(answer: Uint8Array[], authentication = counting()) {
  broker = await ScriptedBroker.serving({ CONNECT: (_packet, session) => session.send(...answer) });
  const client = new Client(broker.url, { ...makeOptions(authentication), timeout: 2 });
  const error = await client.connect().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { client, error, session: await broker.accept() };
}

describe("authentication while connecting", () => {
  test("a client answers challenges until the broker sends CONNACK", async () => {
    const { client, authentication } = await authenticated();
    expect(authentication.onChallenge).toHaveBeenCalledTimes(2);
    expect(authentication.onChallenge).toHaveBeenLastCalledWith(Buffer.from("4"), {
      authenticationMethod: METHOD,
      authenticationData: Buffer.from("4"),
    });
    expect(client.connection?.properties?.authenticationData?.toString()).toBe("done");
    await client.publish("t", "works", { qos: 1 });
    await client.disconnect();
  });

  test("an AUTH packet carries its properties byte for byte, in both directions", async () => {
    const properties = {
      ...named("\0"),
      reasonString: "go on",
      userProperties: [
        ["k", "v"],
        ["k", "w"],
      ] as const,
    };
    const onChallenge = vi.fn(() => Buffer.of(1, 2));
    broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.auth({ reasonCode: CONTINUE, properties })),
      AUTH: (_packet, session) => session.send(v5.connack({ properties: named() })),
    });
    const client = await Client.connect(broker.url, makeOptions({ method: METHOD, onChallenge }));
    expect(onChallenge).toHaveBeenCalledWith(Buffer.of(0), {
      ...properties,
      authenticationData: Buffer.of(0),
    });
    const session = await broker.accept();
    const expected = { authenticationMethod: METHOD, authenticationData: Buffer.of(1, 2) };
    expect((await session.waitFor("AUTH")).raw).toEqual(
      v5.auth({ reasonCode: CONTINUE, properties: expected }),
    );
    await client.disconnect();
  });

  test("a broker may accept a client without challenges and data", async () => {
    const { client, session } = await authenticated(
      { CONNECT: (_packet, each) => each.send(v5.connack({ properties: named() })) },
      { method: METHOD, onChallenge: () => undefined },
    );
    expect(decodeProperties((await session.receive("CONNECT")).properties)).toEqual(named());
    await client.disconnect();
  });

  test("a client authenticates again on its next connection", async () => {
    const { client, authentication } = await authenticated();
    await client.disconnect();
    await client.connect();
    expect(authentication.onChallenge).toHaveBeenCalledTimes(4);
    await client.disconnect();
  });

  test.each<[what: string, onChallenge: () => never | Promise<never>]>([
    [
      "throws",
      () => {
        throw new Error("no key");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no key"))],
    ["answers with nonsense", (() => 5) as never],
  ])("a handler that %s fails the attempt, with its error as the cause", async (_what, onChallenge) => {
    const challenge = v5.auth({ reasonCode: CONTINUE, properties: named("2") });
    const { client, error, session } = await attempt([challenge], { method: METHOD, onChallenge });
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", cause: expect.any(Error) });
    expect((await session.waitFor("DISCONNECT")).reasonCode).toBe(0x80);
    expect(client.connected).toBe(false);
  });

  test.each<[what: string, answer: Uint8Array[], code: number]>([
    [
      "another method",
      [v5.auth({ reasonCode: CONTINUE, properties: { authenticationMethod: "OTHER" } })],
      0x82,
    ],
    ["no method", [v5.auth({ reasonCode: CONTINUE, properties: {} })], 0x82],
    ["success instead of CONNACK", [v5.auth({ properties: named() })], 0x82],
    ["a reason code of clients", [v5.auth({ reasonCode: RE_AUTHENTICATE, properties: named() })], 0x81],
    [
      "a property that AUTH does not have",
      [v5.auth({ reasonCode: CONTINUE, properties: { contentType: "x" } })],
      0x81,
    ],
    ["AUTH with flags", [Buffer.from([0xf1, 0])], 0x81],
    ["a truncated AUTH", [packet(0xf0, Buffer.from([CONTINUE, 9, 0x15]))], 0x81],
    ["a CONNACK with another method", [v5.connack({ properties: { authenticationMethod: "OTHER" } })], 0x82],
    ["a CONNACK without a method", [v5.connack()], 0x82],
    [
      "a second challenge at once",
      Array(2).fill(v5.auth({ reasonCode: CONTINUE, properties: named("2") })),
      0x82,
    ],
  ])("%s while connecting is answered by DISCONNECT", async (_what, answer, code) => {
    const onChallenge = () => new Promise<never>(() => {});
    const { error, session } = await attempt(answer, { method: METHOD, onChallenge });
    expect(error).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect((await session.waitFor("DISCONNECT")).reasonCode).toBe(code);
  });

  test("a broker may refuse a client after a challenge", async () => {
    const challenge = v5.auth({ reasonCode: CONTINUE, properties: named("2") });
    const { error } = await attempt([challenge, v5.connack({ reasonCode: 0x8c })]);
    expect(error).toMatchObject({ code: "CONNECTION_REFUSED", reasonCode: { value: 0x8c } });
  });

  test("a deadline covers the whole authentication, and a late answer is not sent", async () => {
    let answer = (_data: string): void => {};
    const onChallenge = () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      });
    broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.auth({ reasonCode: CONTINUE, properties: named("2") })),
    });
    const client = new Client(broker.url, makeOptions({ method: METHOD, onChallenge }));
    await expect(client.connect({ timeout: 0.2 })).rejects.toMatchObject({ code: "TIMEOUT" });
    const second = expect(client.connect({ timeout: 0.2 })).rejects.toMatchObject({ code: "TIMEOUT" });
    answer("late");
    await second;
    for (const { received } of broker.sessions) expect(received.map(({ type }) => type)).toEqual(["CONNECT"]);
  });

  test("an attempt can be aborted while the handler is pending", async () => {
    broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.auth({ reasonCode: CONTINUE, properties: named("2") })),
    });
    const controller = new AbortController();
    const onChallenge = () => {
      controller.abort(new Error("enough"));
      return new Promise<never>(() => {});
    };
    const client = new Client(broker.url, makeOptions({ method: METHOD, onChallenge }));
    await expect(client.connect({ signal: controller.signal })).rejects.toThrow("enough");
  });
});

describe("re-authentication", () => {
  test("a live connection can be re-authenticated repeatedly", async () => {
    const { client, session } = await authenticated();
    await session.waitFor("AUTH", {
      where: ({ properties }) => decodeProperties(properties).authenticationData?.toString() === "5",
    });
    const done = await client.reauthenticate("1");
    expect(done).toEqual({ authenticationMethod: METHOD, authenticationData: Buffer.from("done") });
    const auth = await session.waitFor("AUTH");
    expect(auth.raw).toEqual(v5.auth({ reasonCode: RE_AUTHENTICATE, properties: named("1") }));
    await client.publish("t", "p", { qos: 2 });
    await client.reauthenticate("3");
    await client.disconnect();
  });

  test("re-authentication works amid 500 publishes", async () => {
    const { client } = await authenticated();
    const publishes = Array.from({ length: 500 }, (_, i) =>
      client.publish("t", `${i}`, { qos: (i % 3) as 0 | 1 | 2 }),
    );
    await client.reauthenticate("1");
    await Promise.all(publishes);
    await client.disconnect();
  });

  const refusing = (...answer: Uint8Array[]): Answers => ({
    ...countingBroker,
    AUTH: (auth, session) =>
      auth.reasonCode === RE_AUTHENTICATE ? session.send(...answer) : countingBroker.AUTH?.(auth, session),
  });

  test("a broker's refusal of re-authentication ends the connection with its reason code", async () => {
    const { client } = await authenticated(refusing(v5.disconnect({ reasonCode: 0x87 })));
    await expect(client.reauthenticate("1")).rejects.toMatchObject({ reasonCode: { value: 0x87 } });
    expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value: 0x87 } });
  });

  test("a handler that fails during re-authentication ends the connection", async () => {
    const authentication = counting();
    const { client, session } = await authenticated(
      refusing(v5.auth({ reasonCode: CONTINUE, properties: named("2") })),
      authentication,
    );
    authentication.onChallenge = () => Promise.reject(new Error("no key"));
    const error = await client.reauthenticate("1").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", cause: { message: "no key" } });
    expect(await client.closed).toMatchObject({
      code: "AUTHENTICATION_FAILED",
      message: "The challenge of the broker was not answered",
      cause: (error as Error).cause,
    });
    expect((await session.waitFor("DISCONNECT")).reasonCode).toBe(0x80);
  });

  test("a re-authentication that times out ends the connection", async () => {
    const { client } = await authenticated(refusing());
    await expect(client.reauthenticate("1", { timeout: 0.1 })).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(await client.closed).toMatchObject({ code: "TIMEOUT" });
  });

  test("a re-authentication that is aborted ends the connection", async () => {
    const { client } = await authenticated(refusing());
    const controller = new AbortController();
    const outcome = expect(client.reauthenticate("1", { signal: controller.signal })).rejects.toThrow(
      "enough",
    );
    controller.abort(new Error("enough"));
    await outcome;
    expect(await client.closed).toMatchObject({ code: "ABORTED" });
  });

  test("re-authentication is refused without a connection, without the option, and while another is pending", async () => {
    const { client } = await authenticated(refusing());
    const first = client.reauthenticate("1").catch(silence);
    await expect(client.reauthenticate("1")).rejects.toMatchObject({ code: "REENTRANT" });
    await client.disconnect({ timeout: 0 });
    await first;
    await expect(client.reauthenticate("1")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    await expect(new Client(broker.url).reauthenticate()).rejects.toThrow(TypeError);
  });

  test.each<[what: string, auth: Uint8Array]>([
    ["a challenge", v5.auth({ reasonCode: CONTINUE, properties: named("2") })],
    ["a success", v5.auth({ properties: named() })],
  ])("%s without a request is a protocol error (0x82)", async (_what, auth) => {
    const { client, session } = await authenticated();
    await session.send(auth);
    expect((await session.waitFor("DISCONNECT")).reasonCode).toBe(0x82);
    expect(await client.closed).toMatchObject({ code: "PROTOCOL_ERROR" });
  });
});

describe("the option authentication", () => {
  const make = (options: object) => () => new Client("localhost", options);
  const V5 = { protocol: ProtocolVersion.V5 };

  test("AUTH to a client without the option is a protocol error, also while connecting", async () => {
    broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.auth({ reasonCode: CONTINUE, properties: named() })),
    });
    await expect(Client.connect(broker.url, V5)).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  });

  test("an instance of a class may hold the options, with fields and a getter", async () => {
    class Counter implements AuthenticationOptions {
      readonly method = METHOD;
      answered = 0;
      get data(): string {
        return "1";
      }
      onChallenge(data: Buffer): string {
        this.answered++;
        return `${Number(data.toString()) + 1}`;
      }
    }
    const counter = new Counter();
    const { client } = await authenticated(countingBroker, counter);
    expect(client.connected).toBe(true);
    expect(counter.answered).toBe(2);
    await client.disconnect();
  });

  test("invalid authentication options are refused by the constructor", () => {
    const valid = counting();
    expect(make({ ...V5, authentication: { ...valid, nonce: 1 } })).toThrow(
      "There is no authentication.nonce; there are method, data, onChallenge",
    );
    expect(make({ ...V5, authentication: new Map() })).toThrow("authentication must be an object, not a Map");
    class Scram {
      readonly method = "SCRAM";
      readonly nonce = 7;
      get [Symbol.toStringTag](): string {
        return "Scram";
      }
      onChallenge(): undefined {}
    }
    expect(make({ ...V5, authentication: new Scram() })).not.toThrow();
    expect(make({ authentication: valid })).toThrow("Option authentication is for MQTT 5 only");
    expect(make({ ...V5, authentication: 5 })).toThrow(TypeError);
    expect(make({ ...V5, authentication: { ...valid, method: "" } })).toThrow(/authentication\.method/);
    expect(make({ ...V5, authentication: { ...valid, data: 5 } })).toThrow(/authenticationData/);
    expect(make({ ...V5, authentication: { method: "m" } })).toThrow(/authentication\.onChallenge/);
    expect(make({ ...V5, properties: { authenticationMethod: "m" } })).toThrow(/option authentication/);
    expect(make({ ...V5, topicAliases: "on" })).toThrow(/topicAliases/);
    expect(make({ topicAliases: "off" })).toThrow("Option topicAliases is for MQTT 5 only");
  });
});
