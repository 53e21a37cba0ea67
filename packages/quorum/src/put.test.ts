import { describe, expect, test } from "vitest";
import { Flow } from "../test/flow.ts";
import { after, DURABLE, LOST, NOT_SENT, REFUSED, versions } from "../test/scripted-replicas.ts";
import type { MintStaged, ReplicaWrite } from "./replicas.ts";

const FULL: ReplicaWrite & MintStaged = {
  type: "refused",
  refusal: "storage",
  epoch: 1,
  detail: "the disk is full",
};

describe("ok", () => {
  test("the copies leave when the mint is staged, and two durable ones of three answer", async () => {
    const flow = new Flow();
    flow.replicas.durable = () => after(30, DURABLE);
    flow.replicas.node("b").merge = () => after(5, DURABLE);
    flow.replicas.node("c").merge = () => after(9, DURABLE);
    expect(await flow.put()).toMatchObject({
      type: "ok",
      atMs: 9,
      context: new Uint8Array([1]),
      receipt: { epoch: 1, acknowledged: ["b", "c"], primaries: 2, required: 2, intersects: true },
    });
  });

  test("the local commit is one of the W, whichever the others are", async () => {
    const flow = new Flow();
    flow.replicas.node("b").merge = () => "silence";
    flow.replicas.node("c").merge = () => after(9, DURABLE);
    expect(await flow.put()).toMatchObject({ type: "ok", receipt: { acknowledged: ["a", "c"] } });
  });

  test("a failed local commit does not matter when W others have it, and the coordinator gets a hint", async () => {
    const flow = new Flow();
    flow.replicas.durable = () => after(1, FULL);
    expect(await flow.put()).toMatchObject({ type: "ok", receipt: { acknowledged: ["b", "c"] } });
    expect(flow.replicas.missed).toEqual(["a"]);
  });

  test("copies go on after the answer, and who misses the write in the end is reported", async () => {
    const flow = new Flow();
    flow.replicas.node("b").merge = ({ deadlineMs }) => {
      expect(deadlineMs).toBe(10_000);
      return after(5_000, LOST);
    };
    const put = await flow.put({}, { runMs: 4_000 });
    expect(put.atMs).toBeLessThan(10);
    expect(flow.replicas.missed).toEqual([]);
    await flow.time.run(2_000);
    expect(flow.replicas.missed).toEqual(["b"]);
  });

  test("w=1 answers by the local commit alone, and says that it does not intersect", async () => {
    const flow = new Flow();
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => "silence";
    const consistency = { level: "one", strict: false } as const;
    expect(await flow.put({ consistency })).toMatchObject({
      type: "ok",
      receipt: { acknowledged: ["a"], required: 1, intersects: false },
    });
  });

  test("a retry of a known operation waits for W copies of it like any write [trap 9]", async () => {
    const flow = new Flow();
    const { staged } = flow.replicas;
    flow.replicas.staged = () => {
      const minted = staged();
      if (minted === "silence" || minted.reply.type !== "minted") throw new Error("not minted");
      return after(0, { ...minted.reply, repeated: true });
    };
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => "silence";
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 1, atMs: 100 });
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => after(7, DURABLE);
    expect(await flow.put()).toMatchObject({ type: "ok", atMs: 20_007 });
    expect(flow.replicas.asked("merge")).toEqual(["b", "c", "b", "c"]);
  });
});

describe("failed", () => {
  test.each(["storage", "overloaded", "drift", "notOwner"] as const)(
    "a mint refused for %s fails with that reason, and nothing is sent",
    async (refusal) => {
      const flow = new Flow();
      flow.replicas.staged = () => after(1, { type: "refused", refusal, epoch: 1, detail: "no" });
      expect(await flow.put()).toMatchObject({
        type: "failed",
        reason: refusal,
        received: 0,
        atMs: 1,
      });
      expect(flow.replicas.calls).toEqual([]);
    },
  );

  test("when every target refuses and the local commit fails, nothing will appear and no hint is made", async () => {
    const flow = new Flow();
    flow.replicas.durable = () => after(1, FULL);
    flow.replicas.node("b").merge = () => after(0, NOT_SENT);
    flow.replicas.node("c").merge = () => after(1, REFUSED);
    const consistency = { count: 1, strict: true } as const;
    const bucket = { name: "x", n: 3, r: 2, w: 2, rMin: 1, wMin: 1, mode: "siblings" } as const;
    expect(await flow.put({ consistency, bucket })).toMatchObject({
      type: "failed",
      reason: "unreachable",
      required: 1,
      received: 0,
      detail:
        "not written: it needs 1 durable copies (too few can take it; b: no connection; a: the disk is full; c: its queue is full)",
    });
    expect(flow.replicas.missed).toEqual([]);
  });

  test("with too many replicas known to be down nothing is tried", async () => {
    const flow = new Flow();
    for (const node of ["b", "c"]) flow.replicas.down.add(node);
    expect(await flow.put()).toMatchObject({
      type: "failed",
      reason: "unreachable",
      required: 2,
      detail:
        "not written: it needs 2 durable copies (only 1 of them can be reached: b, c are down)",
      atMs: 0,
    });
    expect(flow.replicas.mints).toEqual([]);
  });

  test("a node that keeps no copy of the key does not lead", async () => {
    const flow = new Flow({ writeGroups: [["b", "c", "d"]] });
    expect(await flow.put()).toMatchObject({ type: "failed", reason: "notOwner" });
    expect(flow.replicas.mints).toEqual([]);
  });

  test("a deadline that has passed on arrival fails before anything is sent", async () => {
    const flow = new Flow();
    expect(await flow.put({}, { timeoutMs: 0 })).toMatchObject({
      type: "failed",
      reason: "deadline",
    });
    expect(flow.replicas.mints).toEqual([]);
  });
});

describe("invalid", () => {
  test.each(["contextFromFuture", "siblingLimit", "valueLimit", "invalid"] as const)(
    "a mint refused for %s is the request's fault",
    async (refusal) => {
      const flow = new Flow();
      flow.replicas.staged = () => after(1, { type: "refused", refusal, epoch: 1, detail: "why" });
      expect(await flow.put()).toMatchObject({ type: "invalid", detail: "why" });
    },
  );

  test("a w above N is refused before anything is sent", async () => {
    const flow = new Flow();
    expect(await flow.put({ consistency: { count: 4, strict: false } })).toMatchObject({
      type: "invalid",
    });
    expect(flow.replicas.mints).toEqual([]);
  });
});

test("what is replicated is the complete set that the shard minted", async () => {
  const flow = new Flow();
  const set = versions(["a1", "b1"]);
  flow.replicas.minted = set;
  const sent: Uint8Array[] = [];
  flow.replicas.node("b").merge = (_, bytes) => {
    sent.push(bytes);
    return after(1, DURABLE);
  };
  await flow.put();
  expect(sent).toEqual([set]);
});
