import {
  assert,
  ByteReader,
  ByteWriter,
  decodeUtf8,
  encodeUtf8,
  type NodeId,
  type Random,
  randomBytes,
  toHex,
} from "@coterie/core";
import { type Owner, Ring } from "@coterie/hash-ring";
import { type RingRecord, stableRing } from "@coterie/shard-engine";
import type { NodeStore } from "../node-store.ts";
import {
  decodeRegisterState,
  encodeRegisterState,
  type RegisterState,
} from "../ring/register-state.ts";
import { decodeBirth, encodeBirth, type NodeBirth, newBirth } from "./node-birth.ts";

/** How a node that belongs to no cluster yet comes to belong to one. */
export type Beginning =
  | { readonly type: "init"; readonly owners: readonly Owner[]; readonly partitions: number }
  | { readonly type: "join"; readonly seeds: readonly string[] };

/** A start that cannot go on; the message is a sentence for the operator. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

const BIRTH = "node/birth";
const REGISTER = "node/register";
const INCARNATION = "node/incarnation";
const MEMBER = "member/";
const KNEW_ERAS = "node/knew-eras";

/** What a node remembers of itself over restarts, durable in shard 0 before anything follows from it. */
export class NodeMemory {
  readonly #store: NodeStore;
  /** Every other node asks at each of its collection passes: the disk is asked until it says so. */
  #knewEras = false;

  constructor(store: NodeStore) {
    this.#store = store;
  }

  /**
   * At every start: the directory's birth record, made now if it has none. Without an `id` the node keeps
   * the one it has, or draws one.
   */
  async awaken(id: NodeId | undefined, random: Random): Promise<NodeBirth> {
    const [stored] = await this.#store.meta(BIRTH);
    if (stored === undefined) {
      const birth = newBirth(id ?? `node-${toHex(randomBytes(random, 4))}`, random);
      await this.keep(birth);
      return birth;
    }
    const birth = decodeBirth(stored.value);
    if (id !== undefined && birth.nodeId !== id) {
      throw new StartRefused(
        `this data directory belongs to node ${birth.nodeId}, not ${id}: start it under its own id, or give ${id} an empty directory`,
      );
    }
    return birth;
  }

  keep(birth: NodeBirth): Promise<void> {
    return this.#store.putMeta(BIRTH, encodeBirth(birth));
  }

  /** The highest SWIM incarnation that this node may have used; 0 before the first. */
  async incarnation(): Promise<number> {
    const [stored] = await this.#store.meta(INCARNATION);
    return stored === undefined ? 0 : new ByteReader(stored.value).varint();
  }

  keepIncarnation(incarnation: number): Promise<void> {
    return this.#store.putMeta(INCARNATION, new ByteWriter().varint(incarnation).finish());
  }

  /** Whether this directory ever knew where others had collected. */
  async knewEras(): Promise<boolean> {
    this.#knewEras ||= (await this.#store.meta(KNEW_ERAS)).length > 0;
    return this.#knewEras;
  }

  async keepKnewEras(): Promise<void> {
    if (!(await this.knewEras())) await this.#store.putMeta(KNEW_ERAS, new Uint8Array());
  }

  /** Addresses of members, so that a node that restarts finds the others without its seeds. */
  async memberAddresses(): Promise<string[]> {
    const entries = await this.#store.meta(MEMBER);
    return entries.map(({ value }) => decodeUtf8(value));
  }

  keepMember(id: NodeId, address: string): Promise<void> {
    return this.#store.putMeta(MEMBER + id, encodeUtf8(address));
  }

  /** What is known of the ring register; undefined before the node belongs to a cluster. */
  async register(): Promise<RegisterState | undefined> {
    const [stored] = await this.#store.meta(REGISTER);
    return stored === undefined ? undefined : decodeRegisterState(stored.value);
  }

  keepRegister(state: RegisterState): Promise<void> {
    return this.#store.putMeta(REGISTER, encodeRegisterState(state));
  }

  /**
   * Makes a ring the one that this node serves under. The state is written first: a crash before all
   * shards have it ends with `register` finding the newer one and installing it again.
   */
  async installRing(self: NodeId, state: RegisterState): Promise<void> {
    await this.keepRegister(state);
    await this.#store.installRing(self, state.value.record);
  }
}

/** The ring that a new cluster starts with; throws `StartRefused` when its owners cannot be. */
export function foundingRing(
  self: NodeId,
  owners: readonly Owner[],
  partitions: number,
): RingRecord {
  const founders = owners.length === 0 ? [{ id: self, weight: 1, zone: "" }] : [...owners];
  if (!founders.some((owner) => owner.id === self)) {
    throw new StartRefused(
      `the first owners (${founders.map(({ id }) => id).join(", ")}) do not include this node, ${self}: the node that founds a cluster owns a part of it`,
    );
  }
  founders.sort((a, b) => (a.id < b.id ? -1 : 1));
  try {
    Ring.build(founders, { partitions, replicas: 1 });
  } catch (error) {
    assert(error instanceof Error, "a ring is refused with an Error");
    throw new StartRefused(`no ring can be built of these owners: ${error.message}`);
  }
  return stableRing({ epoch: 1, partitions, owners: founders });
}
