import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { type BenchPlan, PLAN_DEFAULTS } from "../../plan.ts";
import { EtcdTarget } from "./etcd-target.ts";
import { decodeRange, encodePut, encodeRange, PUT_PATH, RANGE_PATH } from "./kv-messages.ts";

// What etcd 3.4.23 sent for a key with the value "milk", and for one that is not there.
const FOUND =
  "0a1a08ecd68b87ba99a7d9e00110a59681dcf889a4da9d011802200212130a0575736572311002180220012a046d696c6b2001";
const ABSENT = "0a1a08ecd68b87ba99a7d9e00110a59681dcf889a4da9d0118022002";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

it("puts and asks in the bytes that etcd takes", () => {
  const key = Buffer.from("user1");
  expect(encodePut({ key, value: Buffer.from("milk") }).toString("hex")).toBe(
    "0a05757365723112046d696c6b",
  );
  expect(encodeRange({ key, serializable: false }).toString("hex")).toBe("0a057573657231");
  expect(encodeRange({ key, serializable: true }).toString("hex")).toBe("0a0575736572313801");
});

it("finds the value in what etcd answered, and none where there is none", () => {
  expect(decodeRange(Buffer.from(FOUND, "hex")).values).toEqual([Buffer.from("milk")]);
  expect(decodeRange(Buffer.from(ABSENT, "hex")).values).toEqual([]);
});

it("asks the members in turn, as linearizable or serializable as the plan says", async () => {
  const asked: string[] = [];
  const members = await Promise.all(
    ["a", "b"].map((name) =>
      member((request) => {
        asked.push(`${name} ${request.toString("hex")}`);
        return Buffer.from(FOUND, "hex");
      }),
    ),
  );
  const target = targetAt(members, "serializable");
  expect([await target.read(1), await target.read(1), await target.read(2)]).toEqual([1, 1, 1]);
  expect(asked).toEqual(["a 0a0575736572313801", "b 0a0575736572313801", "a 0a0575736572323801"]);
});

it("tells a refusal by etcd's own code", async () => {
  const refusing = await member(() => {
    throw Object.assign(new Error("etcdserver: mvcc: database space exceeded"), {
      code: status.RESOURCE_EXHAUSTED,
    });
  });
  const written = targetAt([refusing], "linearizable").update(1, new Uint8Array(1));
  await expect(written).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
});

function targetAt(addresses: readonly string[], reads: "linearizable" | "serializable") {
  const plan: BenchPlan = { ...PLAN_DEFAULTS, addresses, peer: { store: "etcd", reads } };
  const target = new EtcdTarget(plan);
  open.push(target);
  return target;
}

/** Something that answers both of etcd's calls; resolves to its address. */
async function member(answer: (request: Buffer) => Buffer): Promise<string> {
  const server = new Server();
  const same = (bytes: Buffer): Buffer => bytes;
  const method = (path: string) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  const handle = (
    { request }: { request: Buffer },
    done: (error: Error | null, value?: Buffer) => void,
  ): void => {
    try {
      done(null, answer(request));
    } catch (error) {
      done(error as Error);
    }
  };
  server.addService(
    { put: method(PUT_PATH), range: method(RANGE_PATH) },
    { put: handle, range: handle },
  );
  open.push({ close: () => server.forceShutdown() });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(`127.0.0.1:${port}`);
      else reject(error);
    });
  });
}
