import type { NodeId } from "@coterie/core";
import { isSameClaim, type MemberRecord, supersedes } from "./member-record.ts";
import type { OwnIncarnation } from "./own-incarnation.ts";

/**
 * What hearing of oneself asks for. `refuted`: an accusation of this life was outbid. `outbid`: so was
 * the record of an earlier life or a twin. `implausible`: it is too far ahead to be outbid.
 */
export type SelfOutcome = "refuted" | "outbid" | "implausible" | "nothing";

/** This member: its attributes, its incarnation and its record. */
export class Self {
  readonly id: NodeId;
  readonly session: number;
  readonly incarnation: OwnIncarnation;
  readonly #jumpMax: number;
  #address: string;
  #metadata: Uint8Array;
  #record: MemberRecord | undefined;

  constructor(
    id: NodeId,
    session: number,
    address: string,
    metadata: Uint8Array,
    incarnation: OwnIncarnation,
    incarnationJumpMax: number,
  ) {
    this.id = id;
    this.session = session;
    this.incarnation = incarnation;
    this.#address = address;
    this.#metadata = metadata;
    this.#jumpMax = incarnationJumpMax;
  }

  /** Undefined until the first incarnation is durable: until then this member says nothing. */
  get record(): MemberRecord | undefined {
    return this.#record;
  }

  get address(): string {
    return this.#address;
  }

  get hasLeft(): boolean {
    return this.#record?.state === "left";
  }

  /** Brings the record up to the durable incarnation; true when it changed. */
  renew(): boolean {
    const incarnation = this.incarnation.current;
    if (this.hasLeft || incarnation === (this.#record?.incarnation ?? 0)) return false;
    this.#record = {
      id: this.id,
      address: this.#address,
      incarnation,
      session: this.session,
      state: "alive",
      metadata: this.#metadata,
      accuser: undefined,
    };
    return true;
  }

  setMetadata(metadata: Uint8Array): void {
    this.#metadata = metadata;
    this.incarnation.raiseByOne();
  }

  setAddress(address: string): void {
    this.#address = address;
    this.incarnation.raiseByOne();
  }

  leave(): void {
    if (this.#record !== undefined) this.#record = { ...this.#record, state: "left" };
  }

  /**
   * What others say of this member. Whatever would prevail over its own record is outbid with a higher
   * incarnation [SWIM §4.2]: accusations, and records of an earlier life whose incarnation was lost.
   */
  hear(told: MemberRecord): SelfOutcome {
    const own = this.#record;
    if (own === undefined || this.hasLeft) return "nothing";
    const ties = told.incarnation === own.incarnation && told.session !== own.session;
    if (!ties && !supersedes(told, own)) return "nothing";
    if (told.incarnation > own.incarnation + this.#jumpMax) return "implausible";
    this.incarnation.raise(told.incarnation + 1);
    return isSameClaim(told, own) ? "refuted" : "outbid";
  }
}
