import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { assert, ByteWriter, toHex } from "@coterie/core";

const FORMAT = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const SALT_BYTES = 16;
const COUNTER_BYTES = 6;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + SALT_BYTES + COUNTER_BYTES;

/** What sealing adds to a message. */
export const SEAL_BYTES = HEADER_BYTES + TAG_BYTES;

/** Derived keys of other processes that are remembered. */
const PEERS_MAX = 4_096;

interface ClusterKey {
  readonly secret: Uint8Array;
  readonly id: Uint8Array;
  /** This process's own key under it. */
  readonly own: Uint8Array;
}

/**
 * Seals and opens datagrams with AES-256-GCM under 32-byte keys that all members share. One key seals,
 * every key on the ring opens. To rotate: `add` the new key on every member, then `use` it on every
 * member, then `remove` the old one.
 *
 * GCM fails when a nonce repeats, and random 96-bit nonces are good for 2^32 messages only, which a
 * cluster sends within days. So each process derives a key of its own (HKDF-SHA-256 with a random salt
 * that travels in the header) and counts its nonces. A datagram is format 1 · key id 4 · salt 16 ·
 * counter 6 · ciphertext · tag 16, all of it authenticated.
 *
 * A replayed datagram is not refused: it can say nothing new, for records are ordered by incarnation.
 */
export class KeyRing {
  readonly #salt: Uint8Array = randomBytes(SALT_BYTES);
  #keys: ClusterKey[];
  #counter = 0;
  /** Keys of processes whose datagrams were authentic, by key id and salt; the oldest goes first. */
  readonly #peers = new Map<string, Uint8Array>();

  /** @throws RangeError unless each is 32 bytes. The first one seals. */
  constructor(first: Uint8Array, ...others: readonly Uint8Array[]) {
    this.#keys = [first, ...others].map((secret) => this.#derive(secret));
  }

  /** Opens with this key from now on. A key that is on the ring stays where it is. */
  add(secret: Uint8Array): void {
    if (this.#find(secret) === undefined) this.#keys.push(this.#derive(secret));
  }

  /** Seals with this key from now on. @throws RangeError when it was not added. */
  use(secret: Uint8Array): void {
    const key = this.#find(secret);
    if (key === undefined) throw new RangeError("add a key before using it");
    this.#keys = [key, ...this.#keys.filter((other) => other !== key)];
  }

  /** Opens with this key no more. @throws RangeError when it is the one that seals. */
  remove(secret: Uint8Array): void {
    const key = this.#find(secret);
    if (key === undefined) return;
    if (key === this.#keys[0]) throw new RangeError("use another key before removing this one");
    this.#keys = this.#keys.filter((other) => other !== key);
    this.#peers.clear();
  }

  seal(message: Uint8Array): Uint8Array {
    const key = this.#keys[0]!;
    this.#counter += 1;
    assert(this.#counter < 2 ** (8 * COUNTER_BYTES), "a process has used up its nonces");
    const nonce = nonceOf(this.#counter);
    const header = new ByteWriter(HEADER_BYTES)
      .uint8(FORMAT)
      .raw(key.id)
      .raw(this.#salt)
      .raw(nonce.subarray(nonce.length - COUNTER_BYTES))
      .finish();
    const cipher = createCipheriv("aes-256-gcm", key.own, nonce).setAAD(header);
    return Buffer.concat([header, cipher.update(message), cipher.final(), cipher.getAuthTag()]);
  }

  /** The message, or undefined for whatever was not sealed with a key of the ring. */
  open(datagram: Uint8Array): Uint8Array | undefined {
    if (datagram.length < SEAL_BYTES || datagram[0] !== FORMAT) return undefined;
    const header = datagram.subarray(0, HEADER_BYTES);
    const id = header.subarray(1, 1 + KEY_ID_BYTES);
    const key = this.#keys.find((candidate) => timingSafeEqual(candidate.id, id));
    if (key === undefined) return undefined;
    const salt = header.subarray(1 + KEY_ID_BYTES, HEADER_BYTES - COUNTER_BYTES);
    const name = toHex(header.subarray(1, HEADER_BYTES - COUNTER_BYTES));
    const known = this.#peers.get(name);
    const peerKey = known ?? processKey(key.secret, salt);
    const nonce = new Uint8Array(12);
    nonce.set(header.subarray(HEADER_BYTES - COUNTER_BYTES), 12 - COUNTER_BYTES);
    const body = datagram.subarray(HEADER_BYTES, datagram.length - TAG_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", peerKey, nonce)
      .setAAD(header)
      .setAuthTag(datagram.subarray(datagram.length - TAG_BYTES));
    try {
      const message = new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
      if (known === undefined) this.#remember(name, peerKey);
      return message;
    } catch {
      return undefined; // final() throws when the tag does not match, and for nothing else
    }
  }

  /** Only authentic salts are remembered, so strangers cannot push members out. */
  #remember(name: string, key: Uint8Array): void {
    if (this.#peers.size >= PEERS_MAX) {
      const oldest = this.#peers.keys().next().value;
      if (oldest !== undefined) this.#peers.delete(oldest);
    }
    this.#peers.set(name, key);
  }

  #derive(secret: Uint8Array): ClusterKey {
    if (secret.length !== KEY_BYTES) throw new RangeError(`a key is ${KEY_BYTES} bytes`);
    const id = new Uint8Array(hkdfSync("sha256", secret, "", "coterie swim key id", KEY_ID_BYTES));
    return { secret: secret.slice(), id, own: processKey(secret, this.#salt) };
  }

  #find(secret: Uint8Array): ClusterKey | undefined {
    return this.#keys.find(
      (key) => key.secret.length === secret.length && timingSafeEqual(key.secret, secret),
    );
  }
}

function processKey(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, "coterie swim process key", KEY_BYTES));
}

function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  for (let i = 11, rest = counter; rest > 0; i--, rest = Math.floor(rest / 256))
    nonce[i] = rest % 256;
  return nonce;
}
