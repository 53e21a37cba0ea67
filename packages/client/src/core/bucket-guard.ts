import { create } from "@bufbuild/protobuf";
import { type Bucket, BucketMode, BucketSchema } from "@coterie/wire";
import type { BucketDefinition } from "./bucket-options.ts";
import type { Calls } from "./calls.ts";
import type { ClusterView } from "./cluster-view.ts";
import { CoterieError } from "./coterie-error.ts";

/**
 * Makes sure, before a bucket's first call, that it exists and settles conflicts as the caller thinks: a
 * bucket that silently drops one of two writes must not pass for one that keeps both.
 */
export class BucketGuard {
  readonly #calls: Calls;
  readonly #view: ClusterView;
  readonly #timeoutMs: number;

  constructor(calls: Calls, view: ClusterView, timeoutMs: number) {
    this.#calls = calls;
    this.#view = view;
    this.#timeoutMs = timeoutMs;
  }

  async check(name: string, mode: "siblings" | "lww", wanted: BucketDefinition): Promise<void> {
    const known = this.#known(name) ?? (await this.#make(name, mode, wanted));
    const isLww = known.mode === BucketMode.LWW;
    if (isLww !== (mode === "lww")) {
      const [is, opened] = isLww
        ? ["lww: its nodes keep the last write alone", `open it with { merge: "lww" }`]
        : ["siblings: its nodes keep concurrent writes", `open it without "lww"`];
      throw new CoterieError(
        "MODE_MISMATCH",
        `bucket "${name}" has mode ${is}. Either ${opened}, or take another name`,
      );
    }
    for (const field of ["n", "r", "w"] as const) {
      const asked = wanted[field];
      if (asked === undefined || asked === known[field]) continue;
      throw new CoterieError(
        "INVALID",
        `bucket "${name}" has ${field}=${known[field]}, not ${asked}, and a definition never changes: choose another name`,
      );
    }
  }

  #known(name: string): Bucket | undefined {
    return this.#view.topology.buckets.get(name);
  }

  async #make(
    name: string,
    mode: "siblings" | "lww",
    { n = 0, r = 0, w = 0 }: BucketDefinition,
  ): Promise<Bucket> {
    // It may be there and new to this client: what is known here is as old as the last refresh.
    await this.#view.refresh();
    const found = this.#known(name);
    if (found !== undefined) return found;
    const wireMode = mode === "lww" ? BucketMode.LWW : BucketMode.SIBLINGS;
    const value = create(BucketSchema, { name, n, r, w, mode: wireMode });
    try {
      const { body } = await this.#calls.perform({
        writes: false,
        primaries: () => [],
        body: () => ({ case: "define", value }),
        timeoutMs: this.#timeoutMs,
      });
      await this.#view.refresh();
      if (body.case === "define") return this.#known(name) ?? body.value;
      throw new CoterieError("UNAVAILABLE", `a node answered a definition with ${body.case}`);
    } catch (error) {
      // Somebody else made it in the meantime, and otherwise.
      if (!(error instanceof CoterieError && error.code === "MODE_MISMATCH")) throw error;
      await this.#view.refresh();
      const theirs = this.#known(name);
      if (theirs === undefined) throw error;
      return theirs;
    }
  }
}
