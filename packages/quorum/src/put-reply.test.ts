import { describe, expect, test } from "vitest";
import { Flow } from "../test/flow.ts";
import { after, LOST, REFUSED } from "../test/scripted-replicas.ts";
import type { MintStaged, ReplicaWrite } from "./replicas.ts";

const FULL: ReplicaWrite & MintStaged = {
  type: "refused",
  refusal: "storage",
  epoch: 1,
  detail: "the disk is full",
};

describe("in doubt", () => {
  test("it is said as soon as W has become impossible, not at the deadline", async () => {
    const flow = new Flow();
    flow.replicas.node("b").merge = () => after(3, REFUSED);
    flow.replicas.node("c").merge = () => after(6, LOST);
    expect(await flow.put()).toMatchObject({
      type: "inDoubt",
      required: 2,
      received: 1,
      operationId: "00112233445566778899aabbccddeeff",
      atMs: 6,
    });
    expect(flow.replicas.missed).toEqual(["b", "c"]);
  });

  test("silence is a doubt at the deadline", async () => {
    const flow = new Flow();
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => "silence";
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 1, atMs: 100 });
  });

  test("a mint that is staged after the deadline is replicated all the same", async () => {
    const flow = new Flow();
    const { staged } = flow.replicas;
    flow.replicas.staged = () => after(500, (staged() as { reply: MintStaged }).reply);
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 0, atMs: 100 });
    expect(flow.replicas.asked("merge")).toEqual(["b", "c"]);
  });

  test("a mint without an answer is a doubt at once", async () => {
    const flow = new Flow();
    flow.replicas.staged = () => after(4, LOST as MintStaged);
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 0, atMs: 4 });
  });

  test("a port that breaks its promise leaves a doubt, not an exception", async () => {
    const flow = new Flow();
    flow.replicas.mint = () => ({
      staged: Promise.reject(new Error("gone")),
      durable: new Promise(() => {}),
    });
    expect(await flow.put()).toMatchObject({ type: "inDoubt", atMs: 0 });
  });

  test("a failed commit is no proof once a later put of its batch has carried the version on", async () => {
    const flow = new Flow();
    flow.replicas.durable = () => after(5, FULL);
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => after(1, REFUSED);
    const consistency = { count: 1, strict: false } as const;
    const [first, second] = await Promise.all([
      flow.put({ consistency }),
      flow.put({ consistency, operationId: "ff".repeat(16) }),
    ]);
    expect([first.type, second.type]).toEqual(["inDoubt", "failed"]);
  });

  test("a failed commit is no proof for a retry whose version may be there from before", async () => {
    const flow = new Flow();
    const { staged } = flow.replicas;
    flow.replicas.staged = () =>
      after(0, { ...(staged() as { reply: MintStaged }).reply, repeated: true } as MintStaged);
    flow.replicas.durable = () => after(5, FULL);
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => after(1, REFUSED);
    expect((await flow.put({ consistency: { count: 1, strict: false } })).type).toBe("inDoubt");
  });

  test("a peer's failed commit is no proof: its own puts may have carried the version on", async () => {
    const flow = new Flow();
    flow.replicas.durable = () => after(1, FULL);
    flow.replicas.node("b").merge = () => after(1, FULL);
    flow.replicas.node("c").merge = () => after(1, REFUSED);
    expect((await flow.put({ consistency: { count: 1, strict: false } })).type).toBe("inDoubt");
  });
});
