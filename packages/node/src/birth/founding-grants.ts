import { bytesEqual, type NodeId } from "@coterie/core";
import type { NodeStore } from "../node-store.ts";

const META = "founding/";

/**
 * The founder's promise to each first owner: "you start with nothing because nothing was written yet".
 * Given once for each, durably before it is said, to the data directory that asked first. An owner that
 * comes back with another directory has lost its data and is told so: it starts recovering (design §8).
 */
export class FoundingGrants {
  readonly #store: NodeStore;

  constructor(store: NodeStore) {
    this.#store = store;
  }

  async grant(owner: NodeId, identity: Uint8Array): Promise<boolean> {
    const key = META + owner;
    const given = (await this.#store.meta(key)).find((entry) => entry.key === key);
    if (given !== undefined) return bytesEqual(given.value, identity);
    await this.#store.putMeta(key, identity.slice());
    return true;
  }
}
