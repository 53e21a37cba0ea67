import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { decodeVersions } from "@coterie/versions";
import { Coordinator, type CoordinatorOptions } from "../src/coordinator.ts";
import type { GetRequest } from "../src/get.ts";
import type { GetOutcome, PutOutcome } from "../src/outcomes.ts";
import type { PutRequest } from "../src/put.ts";
import type { Placement } from "../src/replicas.ts";
import { BUCKET, ROW, ScriptedReplicas } from "./scripted-replicas.ts";

/** An outcome and when it came. */
export type Timed<T> = T & { readonly atMs: number };

/** The siblings of a read that went well. */
export function dots(outcome: GetOutcome): string[] {
  if (outcome.type !== "ok") throw new Error(outcome.detail);
  return decodeVersions(outcome.versions).siblings.map(
    ({ dot }) => `${dot.actor[0]}${dot.counter}`,
  );
}

/** A coordinator over scripted replicas, on virtual time. */
export class Flow {
  readonly time = new VirtualTime();
  readonly replicas: ScriptedReplicas;
  readonly coordinator: Coordinator;

  constructor(placement: Partial<Placement> = {}, options: CoordinatorOptions = {}) {
    this.replicas = new ScriptedReplicas(this.time, placement);
    this.coordinator = new Coordinator(
      {
        replicas: this.replicas,
        clock: this.time,
        timers: this.time,
        random: new SeededRandom(1),
      },
      options,
    );
  }

  async put(
    changes: Partial<PutRequest> = {},
    { timeoutMs = 100, runMs = 20_000 } = {},
  ): Promise<Timed<PutOutcome>> {
    const outcome = this.coordinator.put({
      row: ROW,
      bucket: BUCKET,
      consistency: { strict: false },
      deadlineMs: this.time.monotonicMs() + timeoutMs,
      context: new Uint8Array(),
      contextStamp: undefined,
      follows: [],
      retry: false,
      operationId: "00112233445566778899aabbccddeeff",
      tombstone: false,
      encoding: "bytes",
      expiresAtMs: undefined,
      value: new Uint8Array([1]),
      ...changes,
    });
    return this.#within(runMs, outcome);
  }

  async get(
    changes: Partial<GetRequest> = {},
    { timeoutMs = 100, runMs = 20_000 } = {},
  ): Promise<Timed<GetOutcome>> {
    const outcome = this.coordinator.get({
      row: ROW,
      bucket: BUCKET,
      consistency: { strict: false },
      monotonic: false,
      deadlineMs: this.time.monotonicMs() + timeoutMs,
      ...changes,
    });
    return this.#within(runMs, outcome);
  }

  /** The reads that were sent, each as `b:causality`. */
  get reads(): string[] {
    return this.replicas.calls
      .filter(({ kind }) => kind === "read")
      .map(({ node, want }) => `${node}:${want}`);
  }

  /** Who was sent a merge by a read. */
  get repaired(): string[] {
    return this.replicas.calls.filter(({ repair }) => repair).map(({ node }) => node);
  }

  /** Runs on after the answer, so that what goes on in the background is seen as well. */
  async #within<T extends object>(runMs: number, outcome: Promise<T>): Promise<Timed<T>> {
    let timed: Timed<T> | undefined;
    outcome.then((value) => {
      timed = { ...value, atMs: this.time.monotonicMs() };
    });
    await this.time.run(runMs);
    if (timed === undefined) throw new Error("there was no answer");
    return timed;
  }
}
