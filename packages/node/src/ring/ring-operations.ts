import { create } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import {
  type Amendment,
  abortChange,
  beginChange,
  type ChangeRequest,
  type ChangeVerdict,
  copyProgress,
  nextStep,
  pauseChange,
  planChange,
  type QuorumRules,
  type RingChanges,
  resumeChange,
  throttleChange,
} from "@coterie/rebalance";
import { type RingRecord, RingView } from "@coterie/shard-engine";
import {
  type AmendRingChangeRequest,
  AmendRingChangeRequest_Order,
  type AmendRingChangeResponse,
  AmendRingChangeResponseSchema,
  type BeginRingChangeRequest,
  type BeginRingChangeResponse,
  BeginRingChangeResponseSchema,
  Error_Code,
  type GetRingChangeResponse,
  GetRingChangeResponseSchema,
  type GetStatusResponse,
  type RingChangeState,
  RingChangeStateSchema,
  RingPlanSchema,
} from "@coterie/wire";
import type { Buckets } from "../buckets/buckets.ts";
import { type Failure, failure, isFailure } from "../failure.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { Membership } from "../membership/membership.ts";
import { changeFromWire } from "./ring-change-request.ts";

export interface RingOperationsParts {
  readonly self: NodeId;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
  readonly membership: Membership;
  readonly changes: RingChanges;
  /** For what each node holds. */
  readonly status: () => Promise<GetStatusResponse | Failure>;
}

const CHANGE_ID = /^[0-9a-f]{16}$/;

const ORDERS: Readonly<
  Record<
    AmendRingChangeRequest_Order,
    ((record: RingRecord, request: AmendRingChangeRequest) => ChangeVerdict) | undefined
  >
> = {
  [AmendRingChangeRequest_Order.UNSPECIFIED]: undefined,
  [AmendRingChangeRequest_Order.FORCE]: undefined,
  [AmendRingChangeRequest_Order.PAUSE]: pauseChange,
  [AmendRingChangeRequest_Order.RESUME]: (record, { acceptLoss }) =>
    resumeChange(record, acceptLoss),
  [AmendRingChangeRequest_Order.ABORT]: abortChange,
  [AmendRingChangeRequest_Order.THROTTLE]: (record, { throttle }) =>
    throttleChange(record, throttle === 0 ? undefined : throttle),
};

/** Ring changes as operators order and watch them, from any node. Never throws. */
export class RingOperations {
  readonly #parts: RingOperationsParts;

  constructor(parts: RingOperationsParts) {
    this.#parts = parts;
  }

  async begin(request: BeginRingChangeRequest): Promise<BeginRingChangeResponse | Failure> {
    const { cluster, changes } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    const { id } = request;
    if (!request.plan && !CHANGE_ID.test(id)) {
      return failure(
        Error_Code.INVALID,
        `"${id}" is no id of a change: draw 16 hexadecimal digits`,
      );
    }
    if (cluster.rivals.length > 0) return forcedTwice(cluster.rivals);
    const asked = changeFromWire(request);
    if (typeof asked === "string") return failure(Error_Code.INVALID, asked);
    if (!isThrottle(request.throttle)) return badThrottle(request.throttle);
    const before = cluster.ring.record;
    let begun: RingRecord | undefined;
    const change = (record: RingRecord): ChangeVerdict => {
      if (record.change?.id === id) begun = record;
      const verdict = this.#begun(record, asked, request);
      if (verdict.type === "accepted") begun = verdict.record;
      return verdict;
    };
    if (request.plan) {
      const verdict = change(before);
      if (verdict.type === "refused") return failure(Error_Code.INVALID, verdict.reason);
      const plan = await this.#planOf(verdict.record);
      return create(BeginRingChangeResponseSchema, { plan });
    }
    const amendment = await changes.amend(change);
    // A request that came before is refused by the change that it has begun.
    const again = amendment.type === "refused" && begun?.change?.id === id;
    if (!again && amendment.type !== "done") return failureOf(amendment);
    const plan = await this.#planOf(begun!);
    return create(BeginRingChangeResponseSchema, { plan, state: await this.#state() });
  }

  async amend(request: AmendRingChangeRequest): Promise<AmendRingChangeResponse | Failure> {
    const { cluster, changes } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    if (request.order === AmendRingChangeRequest_Order.FORCE) return this.#force(request.gone);
    if (cluster.rivals.length > 0) return forcedTwice(cluster.rivals);
    const change = ORDERS[request.order];
    if (change === undefined) {
      return failure(
        Error_Code.INVALID,
        "say whether to pause, to resume, to throttle or to abort",
      );
    }
    if (!isThrottle(request.throttle)) return badThrottle(request.throttle);
    const amendment = await changes.amend((record) => change(record, request));
    if (amendment.type !== "done") return failureOf(amendment);
    return create(AmendRingChangeResponseSchema, { state: await this.#state() });
  }

  async #force(gone: readonly NodeId[]): Promise<AmendRingChangeResponse | Failure> {
    const amendment = await this.#parts.changes.force(gone);
    if (amendment.type !== "done") return failureOf(amendment);
    return create(AmendRingChangeResponseSchema, { state: await this.#state() });
  }

  async progress(): Promise<GetRingChangeResponse | Failure> {
    const { cluster } = this.#parts;
    if (cluster.unready !== undefined) return failure(Error_Code.NOT_READY, cluster.unready);
    return create(GetRingChangeResponseSchema, { state: await this.#state() });
  }

  #begun(
    record: RingRecord,
    asked: ChangeRequest,
    { id, acceptLoss, throttle }: BeginRingChangeRequest,
  ): ChangeVerdict {
    const { self, membership } = this.#parts;
    const members = new Map<NodeId, boolean>([[self, true]]);
    for (const member of membership.others) members.set(member.id, member.state === "alive");
    const scene = { id, acceptLoss, members };
    return beginChange(record, asked, throttle === 0 ? scene : { ...scene, throttle });
  }

  async #planOf(record: RingRecord) {
    const rules = this.#rules();
    const view = new RingView(record);
    const bytes = await this.#bytesPerReplica(rules);
    const { placements, nodes, bytes: all } = planChange(view, rules, () => bytes);
    return create(RingPlanSchema, {
      placements: placements.map(({ fullest, ...placement }) => ({
        ...placement,
        fullest: fullest.node,
        fullestHolds: fullest.holds,
        fullestCap: fullest.cap,
      })),
      nodes: nodes.map(({ id, gained, lost, bytes: copied }) => ({
        id,
        gained: [...gained],
        lost: [...lost],
        bytes: copied,
      })),
      bytes: all,
    });
  }

  /**
   * The rows that nodes hold now, shared out evenly over their replicas: tokens are even, so that the sum over
   * many partitions is near. Not so where buckets of different N differ in size, and while a node counts its rows.
   */
  async #bytesPerReplica(rules: readonly QuorumRules[]): Promise<number> {
    const status = await this.#parts.status();
    if (isFailure(status)) return 0;
    const view = this.#parts.cluster.ring;
    let bytes = 0;
    let replicas = 0;
    for (const { id, rowBytes } of status.nodes) {
      const held = rules.reduce((sum, { n }) => sum + view.ring(n).partitionsOf(id).length, 0);
      if (held === 0 || rowBytes === 0) continue;
      bytes += rowBytes;
      replicas += held;
    }
    return replicas === 0 ? 0 : bytes / replicas;
  }

  /** One for each N that a bucket has; that of the first use when there is no bucket yet. */
  #rules(): readonly QuorumRules[] {
    const rules = new Map<number, QuorumRules>();
    for (const { n, rMin, wMin } of this.#parts.buckets.list()) {
      const other = rules.get(n);
      rules.set(n, { n, rMin, wMin: Math.min(wMin, other?.wMin ?? wMin) });
    }
    if (rules.size === 0) rules.set(3, { n: 3, rMin: 2, wMin: 2 });
    return [...rules.values()].sort((a, b) => a.n - b.n);
  }

  async #state(): Promise<RingChangeState> {
    const { cluster, changes } = this.#parts;
    const reports = await changes.reports();
    const view = cluster.ring;
    const { epoch, phase, change } = view.record;
    const step = nextStep(view, reports);
    const { done, total } = copyProgress(view, reports);
    return create(RingChangeStateSchema, {
      epoch,
      phase,
      copied: done,
      toCopy: total,
      rivals: [...cluster.rivals],
      blockers: step.type === "wait" ? step.blockers.map((blocker) => ({ ...blocker })) : [],
      ...(change === undefined ? {} : { ...change, nodes: [...change.nodes] }),
    });
  }
}

/** Of two rings one would have to be void: an operator says which. */
function forcedTwice(rivals: readonly NodeId[]): Failure {
  return failure(
    Error_Code.INVALID,
    `${rivals.join(", ")} and this node follow two rings that were forced beside one another: ask a node of the side that is to stand for \`coterie ring force --yes\` first`,
  );
}

/** 0: none; else bytes a second, as the record can hold them. */
function isThrottle(throttle: number): boolean {
  return Number.isSafeInteger(throttle) && throttle >= 0;
}

function badThrottle(throttle: number): Failure {
  return failure(Error_Code.INVALID, `a throttle of ${throttle}: whole bytes a second, or 0`);
}

function failureOf(amendment: Exclude<Amendment, { type: "done" }>): Failure {
  switch (amendment.type) {
    case "refused":
      return failure(Error_Code.INVALID, amendment.reason);
    case "failed":
      return failure(Error_Code.UNAVAILABLE, `the ring was not changed: ${amendment.reason}`);
    case "inDoubt":
      return failure(
        Error_Code.IN_DOUBT,
        `the step may have been taken, see \`coterie ring status\`: ${amendment.reason}`,
      );
  }
}
