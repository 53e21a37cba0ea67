import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type MemberRecord, MemberRecordSchema } from "@coterie/wire";
import type { NodeEvent } from "./node-event.ts";
import type { NodeStore } from "./node-store.ts";

const META = "member/";

/** The members' last addresses, kept so that a node that restarts finds the others without its seeds. */
export class KnownMembers {
  readonly #store: NodeStore;
  readonly #onEvent: (event: NodeEvent) => void;

  constructor(store: NodeStore, onEvent: (event: NodeEvent) => void) {
    this.#store = store;
    this.#onEvent = onEvent;
  }

  async load(): Promise<MemberRecord[]> {
    const entries = await this.#store.meta(META);
    return entries.map(({ value }) => fromBinary(MemberRecordSchema, value));
  }

  /** In the background: an address that was not kept is learned again from a seed. */
  keep(record: MemberRecord): void {
    this.#store.putMeta(META + record.id, toBinary(MemberRecordSchema, record)).catch((error) => {
      this.#onEvent({ type: "fault", doing: "keeping a member's address", detail: String(error) });
    });
  }
}
