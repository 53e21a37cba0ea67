import { createSocket } from "node:dgram";
import { afterEach, expect, test, vi } from "vitest";
import { encodeMessage } from "../codec.ts";
import type { Effect } from "../effects.ts";
import { KeyRing, SEAL_BYTES } from "./key-ring.ts";
import { UdpMember, type UdpMemberOptions } from "./udp-member.ts";

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const open: UdpMember[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((member) => member.close()));
});

async function member(id: string, given: Partial<UdpMemberOptions> = {}): Promise<UdpMember> {
  const opened = await UdpMember.open({
    ...{ id, host: "127.0.0.1", port: 0, keys: new KeyRing(key(1)), incarnation: 0 },
    ...{ persist: async () => {}, protocolPeriodMs: 200, probeTimeoutMs: 100 },
    ...given,
  });
  open.push(opened);
  return opened;
}

function eventually(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 20_000, interval: 20 });
}

const states = (of: UdpMember): string[] => of.members.map(({ id, state }) => `${id} ${state}`);

test("members join through a seed, notice a crash, and take the member back at another port", async () => {
  const a = await member("a");
  const b = await member("b", { metadata: new Uint8Array([7]) });
  let stored = 0;
  const persist = async (incarnation: number): Promise<void> => {
    stored = incarnation;
  };
  const c = await member("c", { persist });
  for (const joiner of [b, c]) joiner.join([a.address]);
  const all = ["a alive", "b alive", "c alive"];
  await eventually(() => expect([a, b, c].map(states)).toEqual([all, all, all]));
  expect(a.member("b")!.metadata).toEqual(new Uint8Array([7]));
  await c.close();
  await eventually(() => expect(states(a)).toEqual(["a alive", "b alive", "c dead"]));
  const again = await member("c", { incarnation: stored });
  again.join([a.address]);
  await eventually(() => expect([a, b, again].map(states)).toEqual([all, all, all]));
  expect(b.member("c")!.address).toBe(again.address);
});

test("who leaves is told from who crashed", async () => {
  const a = await member("a");
  const b = await member("b");
  b.join([a.address]);
  await eventually(() => expect(states(a)).toEqual(["a alive", "b alive"]));
  await b.leave();
  expect(states(a)).toEqual(["a alive", "b left"]);
  a.forget("b");
  expect(states(a)).toEqual(["a alive"]);
});

test("a large table is exchanged in datagrams that fit the MTU", async () => {
  const datagramBytesMax = 1_200;
  const sizes: number[] = [];
  let ranges = 0;
  const observe = (effect: Effect): void => {
    if (effect.type !== "send") return;
    sizes.push(encodeMessage(effect.message).length + SEAL_BYTES);
    if (effect.message.body.type === "syncRange") ranges++;
  };
  const metadata = new Uint8Array(512).fill(5);
  const many = await Promise.all(
    Array.from({ length: 6 }, (_, i) => member(`m${i}`, { metadata, observe, datagramBytesMax })),
  );
  for (const joiner of many.slice(1)) joiner.join([many[0]!.address]);
  await eventually(() => {
    for (const { members } of many) expect(members).toHaveLength(6);
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(datagramBytesMax);
  expect(Math.max(...sizes)).toBeGreaterThan(1_000);
  expect(ranges).toBeGreaterThan(4);
});

test("strangers are not heard: another key, or noise", async () => {
  const a = await member("a");
  const stranger = await member("stranger", { keys: new KeyRing(key(2)) });
  stranger.join([a.address]);
  const noise = createSocket("udp4");
  const [host, port] = a.address.split(":");
  noise.send(new Uint8Array(100), Number(port), host);
  await eventually(() => expect(a.rejected).toBeGreaterThanOrEqual(2));
  noise.close();
  expect(states(a)).toEqual(["a alive"]);
});

test("a member does not open when its incarnation cannot be stored", async () => {
  const persist = async (): Promise<void> => {
    throw new Error("disk full");
  };
  await expect(member("a", { persist })).rejects.toThrow("disk full");
});

test("a later failure to store is reported and tried again; until then nothing new is claimed", async () => {
  const errors: unknown[] = [];
  let failures = 1;
  let stored = 0;
  const persist = async (incarnation: number): Promise<void> => {
    if (stored > 0 && failures-- > 0) throw new Error("disk full");
    stored = incarnation;
  };
  const onError = (error: unknown): unknown => errors.push(error);
  const a = await member("a", { persist, onError, incarnationReserve: 0 });
  a.updateMetadata(new Uint8Array([1]));
  await eventually(() => expect(errors).toEqual([new Error("disk full")]));
  expect(a.member("a")).toMatchObject({ incarnation: 1, metadata: new Uint8Array() });
  await eventually(() => expect(a.member("a")).toMatchObject({ incarnation: 2 }));
  expect(stored).toBe(2);
});

test("an address that nobody can reach, or that is none, is refused", async () => {
  await expect(member("a", { host: "0.0.0.0" })).rejects.toThrow("say what to advertise");
  await expect(member("a", { advertise: "here" })).rejects.toThrow('"here" is not host:port');
});

test("closing twice is closing once, and nothing happens after", async () => {
  const a = await member("a");
  await a.close();
  await a.close();
  a.join(["127.0.0.1:1"]);
});
