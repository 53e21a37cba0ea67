import { create } from "@bufbuild/protobuf";
import type { Token } from "@coterie/core";
import {
  type CompareRoots,
  type CompareRootsResult,
  CompareRootsResultSchema,
  type ExchangeLeaves,
  type ExchangeLeavesResult,
  ExchangeLeavesResultSchema,
  Refusal,
  type ScanRows,
  type ScanRowsResult,
  ScanRowsResultSchema,
} from "@coterie/wire";
import type { NodeStore } from "../node-store.ts";
import { eraToWire } from "./wire-era.ts";
import { wireRefusal } from "./wire-refusal.ts";

/** A page is one turn of the shard's worker, in front of everybody's writes. */
const SCAN_ROWS = 256;

/** The answering side when another replica compares leaves with this one, and fetches what it lacks. */
export class LeafService {
  readonly #store: NodeStore;
  readonly #epoch: () => number;

  /** `epoch`: of the ring in force. */
  constructor(store: NodeStore, epoch: () => number) {
    this.#store = store;
    this.#epoch = epoch;
  }

  async roots({ epoch, partitions, ns, roots }: CompareRoots): Promise<CompareRootsResult> {
    if (epoch !== this.#epoch()) {
      const detail = `the roots are for epoch ${epoch}, and this node has epoch ${this.#epoch()}`;
      const refused = { refusal: Refusal.EPOCH, epoch: this.#epoch(), detail };
      return create(CompareRootsResultSchema, refused);
    }
    const of = partitions.map((partition, at) => ({ partition, n: ns[at] ?? 0 }));
    const ours = await this.#store.roots(epoch, of);
    const theirs = tokensOf(roots);
    const differs = (at: number): boolean => {
      const our = ours[at];
      const their = theirs[at];
      return our === undefined || our.high !== their?.high || our.low !== their.low;
    };
    return create(CompareRootsResultSchema, {
      epoch,
      differing: [...of.keys()].filter(differs),
    });
  }

  async exchange({ epoch, partition, n, request }: ExchangeLeaves): Promise<ExchangeLeavesResult> {
    const of = { partition, n };
    const answer = await this.#store.merkle({ type: "exchange", epoch, of, request });
    if (answer.type === "refused") return create(ExchangeLeavesResultSchema, wireRefusal(answer));
    if (answer.type !== "reply") {
      return create(ExchangeLeavesResultSchema, {
        refusal: Refusal.UNREAD,
        epoch,
        detail: "it is still adding up the rows of the partition",
      });
    }
    const { reply, recovering } = answer;
    return create(ExchangeLeavesResultSchema, { epoch, reply, recovering });
  }

  async scan({ epoch, partition, from, leaves, versions }: ScanRows): Promise<ScanRowsResult> {
    const result = await this.#store.scan({
      epoch,
      partition,
      from: from.length === 0 ? undefined : from,
      limit: SCAN_ROWS,
      want: versions ? "versions" : "causality",
      ...(leaves === undefined ? {} : { leaves }),
    });
    if (result.type === "refused") return create(ScanRowsResultSchema, wireRefusal(result));
    return create(ScanRowsResultSchema, {
      epoch: result.epoch,
      rows: result.rows.map(({ row, versions: bytes }) =>
        versions ? { row, versions: bytes } : { row, causality: bytes },
      ),
      next: result.next ?? new Uint8Array(),
      recovering: result.recovering,
      ...eraToWire(result.era),
    });
  }
}

export function bytesOfTokens(tokens: readonly Token[]): Uint8Array {
  const bytes = new Uint8Array(8 * tokens.length);
  const view = new DataView(bytes.buffer);
  for (const [at, { high, low }] of tokens.entries()) {
    view.setUint32(8 * at, high);
    view.setUint32(8 * at + 4, low);
  }
  return bytes;
}

function tokensOf(bytes: Uint8Array): Token[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, at) => ({
    high: view.getUint32(8 * at),
    low: view.getUint32(8 * at + 4),
  }));
}
