import { expect, test } from "vitest";
import { KeyRing, SEAL_BYTES } from "./key-ring.ts";

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const message = new Uint8Array([1, 2, 3]);

test("what one member seals another opens, and the bytes tell nothing", () => {
  const sealed = new KeyRing(key(1)).seal(message);
  expect(new KeyRing(key(1)).open(sealed)).toEqual(message);
  expect(sealed.length).toBe(message.length + SEAL_BYTES);
  expect(new KeyRing(key(2)).open(sealed)).toBeUndefined();
});

test("no two datagrams are alike, not even of two processes that say the same", () => {
  const ring = new KeyRing(key(1));
  const sealed = [ring.seal(message), ring.seal(message), new KeyRing(key(1)).seal(message)];
  expect(new Set(sealed.map((bytes) => Buffer.from(bytes).toString("hex"))).size).toBe(3);
});

test("a changed bit anywhere, or a missing byte, is refused", () => {
  const ring = new KeyRing(key(1));
  const sealed = ring.seal(message);
  expect(ring.open(sealed)).toEqual(message);
  for (let at = 0; at < sealed.length; at++) {
    expect(ring.open(sealed.with(at, sealed[at]! ^ 1))).toBeUndefined();
    expect(ring.open(sealed.subarray(0, at))).toBeUndefined();
  }
});

test("keys rotate without a moment in which members do not understand one another", () => {
  const members = [new KeyRing(key(1)), new KeyRing(key(1))] as const;
  const understand = (): boolean =>
    members[0].open(members[1].seal(message)) !== undefined &&
    members[1].open(members[0].seal(message)) !== undefined;
  const step = (act: (ring: KeyRing) => void): void => {
    for (const ring of members) {
      act(ring);
      expect(understand()).toBe(true);
    }
  };
  step((ring) => ring.add(key(2)));
  step((ring) => ring.use(key(2)));
  const old = new KeyRing(key(1)).seal(message);
  expect(members[0].open(old)).toEqual(message);
  step((ring) => ring.remove(key(1)));
  expect(members[0].open(old)).toBeUndefined();
});

test("a key that is in use cannot be removed, nor an unknown one used", () => {
  const ring = new KeyRing(key(1), key(2));
  expect(() => ring.remove(key(1))).toThrow("use another key before removing this one");
  expect(() => ring.use(key(3))).toThrow("add a key before using it");
  expect(() => new KeyRing(new Uint8Array(16))).toThrow("a key is 32 bytes");
});
