import { EMPTY_VERSIONS, encodeVersions } from "@coterie/versions";
import { describe, expect, test } from "vitest";
import { Flow } from "../test/flow.ts";
import { after, DURABLE, LOST, versions } from "../test/scripted-replicas.ts";
import type { MergeOptions, ReplicaRead, ReplicaWrite } from "./replicas.ts";

const COLLECTED: ReplicaWrite = {
  type: "refused",
  refusal: "collected",
  epoch: 1,
  detail: "it has collected round 1",
};
const MINTED = versions(["a2"], ["a1"]);
const ALL = { level: "all", strict: false } as const;

/** c has deleted in round 1, and b lags; a has answered the sweep of it by the time c's answer is there. */
function acrossARound(row: Partial<Extract<ReplicaRead, { readonly type: "row" }>> = {}) {
  const flow = new Flow();
  const sent: (readonly [MergeOptions["era"], Uint8Array])[] = [];
  flow.replicas.minted = MINTED;
  flow.replicas.node("a").read = () =>
    after(1, {
      type: "row",
      versions: MINTED,
      recovering: false,
      era: { swept: 1, collected: 0 },
      ...row,
    });
  flow.replicas.node("c").merge = ({ era }, set) => {
    sent.push([era, set]);
    return after(5, (era?.swept ?? 0) < 1 ? COLLECTED : DURABLE);
  };
  return { flow, sent };
}

describe("a write across the end of a collection round", () => {
  test("is sent anew as the row stands now, where that holds it", async () => {
    const both = versions(["a2", "b1"], ["a1"]);
    const { flow, sent } = acrossARound({ versions: both });
    const acknowledged = ["a", "b", "c"];
    expect(await flow.put({ consistency: ALL })).toMatchObject({
      type: "ok",
      atMs: 11,
      receipt: { acknowledged },
    });
    expect(sent).toEqual([
      [undefined, MINTED],
      [{ swept: 1, collected: 0 }, both],
    ]);
  });

  test("waits for its own commit first: what is not committed cannot be read", async () => {
    const { flow } = acrossARound();
    flow.replicas.durable = () => after(50, DURABLE);
    expect(await flow.put({ consistency: ALL })).toMatchObject({ type: "ok", atMs: 56 });
  });

  test.each([
    ["the row holds it no more", { versions: versions(["b1"]) }],
    ["the row is gone", { versions: undefined }],
    ["this node was not swept since", { era: { swept: 0, collected: 0 } }],
    ["this node is recovering", { recovering: true }],
  ])("is in doubt when %s", async (_, row) => {
    const { flow, sent } = acrossARound(row);
    expect(await flow.put({ consistency: ALL })).toMatchObject({ type: "inDoubt", received: 2 });
    expect(sent).toHaveLength(1);
  });

  test("is in doubt when its row cannot be read", async () => {
    const { flow } = acrossARound();
    flow.replicas.node("a").read = () => after(1, LOST);
    expect(await flow.put({ consistency: ALL })).toMatchObject({ type: "inDoubt", received: 2 });
  });

  test("crosses a second one as well, and not the same one twice", async () => {
    const { flow } = acrossARound();
    const eras = [1, 2, 2];
    flow.replicas.node("a").read = () => {
      const era = { swept: eras.shift()!, collected: 0 };
      return after(1, { type: "row", versions: MINTED, recovering: false, era });
    };
    flow.replicas.node("c").merge = () => after(5, COLLECTED);
    expect(await flow.put({ consistency: ALL })).toMatchObject({ type: "inDoubt", atMs: 18 });
    expect(flow.replicas.asked("merge")).toEqual(["b", "c", "c", "c"]);
  });
});

test("a monotonic read that cannot write back what was collected meanwhile reads anew", async () => {
  const flow = new Flow();
  let swept = 0;
  for (const node of ["a", "b", "c"]) {
    flow.replicas.node(node).read = () => {
      const held = swept === 0 && node === "a" ? MINTED : undefined;
      return after(1, {
        type: "row",
        versions: held,
        recovering: false,
        era: { swept, collected: swept },
      });
    };
    flow.replicas.node(node).merge = () => {
      swept = 1;
      return after(2, COLLECTED);
    };
  }
  expect(await flow.get({ monotonic: true })).toMatchObject({
    type: "ok",
    atMs: 4,
    versions: encodeVersions(EMPTY_VERSIONS),
  });
});
