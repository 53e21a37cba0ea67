import { describe, expect, test } from "vitest";
import { Flow } from "../test/flow.ts";
import { after, DURABLE, NOT_SENT, otherEpoch, REFUSED } from "../test/scripted-replicas.ts";

describe("fallbacks", () => {
  const fallbacks = ["d", "e"];

  test("a sloppy write lets a fallback stand in for a primary that fails, with a hint for it", async () => {
    const flow = new Flow({ fallbacks });
    flow.replicas.node("b").merge = () => after(2, NOT_SENT);
    flow.replicas.node("c").merge = () => "silence";
    expect(await flow.put()).toMatchObject({
      type: "ok",
      receipt: { acknowledged: ["a", "d"], primaries: 1, intersects: false },
    });
    expect(flow.replicas.calls.at(-1)).toMatchObject({ node: "d", hintFor: "b" });
    expect(flow.replicas.missed).toEqual([]);
  });

  test("a primary known to be down has its fallback asked at once", async () => {
    const flow = new Flow({ fallbacks });
    flow.replicas.down.add("b");
    flow.replicas.node("b").merge = () => "silence";
    flow.replicas.node("c").merge = () => "silence";
    expect(await flow.put()).toMatchObject({ type: "ok", receipt: { acknowledged: ["a", "d"] } });
  });

  test("when fallbacks fail the next one takes its turn, and then the primary has missed the write", async () => {
    const flow = new Flow({ fallbacks });
    flow.replicas.node("c").merge = () => "silence";
    for (const node of ["b", "d", "e"]) flow.replicas.node(node).merge = () => after(2, REFUSED);
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 1, atMs: 100 });
    expect(flow.replicas.asked("merge")).toEqual(["b", "c", "d", "e"]);
    expect(flow.replicas.missed).toEqual(["b"]);
  });

  test("a strict write asks no fallback", async () => {
    const flow = new Flow({ fallbacks });
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => after(2, NOT_SENT);
    expect(await flow.put({ consistency: { strict: true } })).toMatchObject({ type: "inDoubt" });
    expect(flow.replicas.asked("merge")).toEqual(["b", "c"]);
  });
});

describe("epochs", () => {
  test("a replica that lags agrees and is asked again, alone", async () => {
    const flow = new Flow();
    let epoch = 0;
    flow.replicas.node("b").merge = () => after(1, epoch === 1 ? DURABLE : otherEpoch(epoch));
    flow.replicas.node("c").merge = () => "silence";
    flow.replicas.durable = () => after(50, DURABLE);
    flow.replicas.onAgree = () => {
      epoch = 1;
    };
    expect(await flow.put()).toMatchObject({ type: "ok", receipt: { acknowledged: ["b", "a"] } });
    expect(flow.replicas.agreed).toEqual(["b:0"]);
    expect(flow.replicas.asked("merge")).toEqual(["b", "c", "b"]);
  });

  test("when this node lagged, all are asked under the new ring, and only that counts", async () => {
    const flow = new Flow();
    const { replicas } = flow;
    replicas.node("b").merge = ({ epoch }) => after(1, epoch === 2 ? DURABLE : otherEpoch(2));
    replicas.node("c").merge = () => "silence";
    replicas.node("d").merge = () => after(20, DURABLE);
    const joining = {
      epoch: 2,
      writeGroups: [
        ["a", "b", "c"],
        ["b", "c", "d"],
      ],
    };
    replicas.onAgree = () => {
      replicas.current = { ...replicas.current, ...joining };
    };
    replicas.durable = () => after(2, DURABLE);
    expect(await flow.put()).toMatchObject({
      type: "ok",
      receipt: { epoch: 2, acknowledged: ["a", "b", "d"], primaries: 3, intersects: true },
    });
    expect(replicas.calls.filter(({ epoch }) => epoch === 2).map(({ node }) => node)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  test("a mint under the wrong epoch is repeated once the rings agree", async () => {
    const flow = new Flow();
    const { replicas } = flow;
    const { staged } = replicas;
    replicas.staged = () =>
      replicas.current.epoch === 2
        ? staged()
        : after(1, { type: "refused", refusal: "epoch", epoch: 2, detail: "older" });
    replicas.onAgree = () => {
      replicas.current = { ...replicas.current, epoch: 2 };
    };
    expect(await flow.put()).toMatchObject({ type: "ok", receipt: { epoch: 2 } });
    expect(replicas.mints.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test("rings that never agree end in a doubt within the deadline, after a few spaced attempts", async () => {
    const flow = new Flow();
    for (const node of ["b", "c"]) {
      flow.replicas.node(node).merge = () => after(1, otherEpoch(2));
    }
    expect(await flow.put()).toMatchObject({ type: "inDoubt", received: 1, atMs: 100 });
    expect(flow.replicas.agreed.length).toBeLessThan(200);
    expect(flow.replicas.missed).toEqual(expect.arrayContaining(["b", "c"]));
  });

  test("a mint that finds no agreement fails: nothing was sent", async () => {
    const flow = new Flow();
    flow.replicas.staged = () =>
      after(1, { type: "refused", refusal: "epoch", epoch: 2, detail: "older" });
    expect(await flow.put()).toMatchObject({ type: "failed", received: 0 });
    expect(flow.replicas.calls).toEqual([]);
  });
});
