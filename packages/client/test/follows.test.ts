import { toHex } from "@coterie/core";
import { keyToken } from "@coterie/hash-ring";
import { decodeContextToken, EMPTY_VERSIONS, encodeContextToken } from "@coterie/versions";
import {
  create,
  type GetRequest,
  GetResponseSchema,
  type PutRequest,
  PutResponseSchema,
  ReceiptSchema,
} from "@coterie/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AbsentRead, Written } from "../src/core/result.ts";
import { ScriptedCluster } from "./scripted-cluster.ts";

let cluster: ScriptedCluster;
const notes = () => cluster.store.bucket<string>("notes");
const operations = () =>
  cluster.asked.map(({ call }) => toHex((call.body.value as PutRequest).operationId));

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.open();
});
afterEach(() => cluster.store.close());

test("a write that was hedged is followed by whatever is based on it, whoever answered first", async () => {
  const key = keyToken("notes", new TextEncoder().encode("k"));
  const stamp = { wallMs: 1, logical: 0 };
  const context = encodeContextToken({ context: EMPTY_VERSIONS.context, stamp, follows: [] }, key);
  const receipt = create(ReceiptSchema);
  let answers = 0;
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, () =>
      answers++ === 0
        ? undefined
        : { case: "put", value: create(PutResponseSchema, { context, receipt }) },
    );
  }
  const { result } = await cluster.outcome(notes().put("k", "v", "unseen"));
  expect(decodeContextToken((result as Written).context, key)).toMatchObject({
    follows: [operations()[0]],
  });
});

test("what was sent more than once is followed by reads that have seen it, and by no other", async () => {
  const key = keyToken("notes", new TextEncoder().encode("k"));
  const stamp = { wallMs: 1, logical: 0 };
  const dot = { actor: "00000000000000a1", counter: 1 };
  const seen = { context: EMPTY_VERSIONS.context.add(dot), stamp, follows: [] };
  const receipt = create(ReceiptSchema);
  let told = encodeContextToken(seen, key);
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, ({ body }) =>
      body.case === "put"
        ? { case: "put", value: create(PutResponseSchema, { context: told, receipt }) }
        : { case: "get", value: create(GetResponseSchema, { context: told, receipt }) },
    );
  }
  const operationId = "0f".repeat(16);
  await cluster.outcome(notes().put("k", "v", "unseen", { operationId }));
  const followsOf = async (): Promise<unknown> => {
    const { result } = await cluster.outcome(notes().get("k"));
    const decoded = decodeContextToken((result as AbsentRead).context, key);
    return decoded.type === "context" && decoded.follows;
  };
  expect(await followsOf()).toEqual([operationId]);
  told = encodeContextToken({ ...seen, context: EMPTY_VERSIONS.context }, key);
  expect(await followsOf()).toEqual([]);
});

test("what the node that was asked has attempted again is named to those that read the key later", async () => {
  const key = keyToken("notes", new TextEncoder().encode("k"));
  const stamp = { wallMs: 1, logical: 0 };
  const context = encodeContextToken({ context: EMPTY_VERSIONS.context, stamp, follows: [] }, key);
  const answer = { context, receipt: create(ReceiptSchema) };
  let attemptedAgain = false;
  for (const id of ["a", "b", "c"]) {
    cluster.scripts.set(id, ({ body }) =>
      body.case === "put"
        ? { case: "put", value: create(PutResponseSchema, { ...answer, attemptedAgain }) }
        : { case: "get", value: create(GetResponseSchema, answer) },
    );
  }
  const named = async (): Promise<readonly string[]> => {
    await cluster.outcome(notes().get("k"));
    return (cluster.asked.at(-1)!.call.body.value as GetRequest).attemptedAgain.map(toHex);
  };
  await cluster.outcome(notes().put("k", "v", "unseen"));
  expect(await named(), "the node has tried once").toEqual([]);
  attemptedAgain = true;
  await cluster.outcome(notes().put("k", "w", "unseen"));
  const written = cluster.asked.at(-1)!.call.body.value as PutRequest;
  expect(await named()).toEqual([toHex(written.operationId)]);
});
