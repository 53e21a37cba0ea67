import { Error_Code as Code, type Error as Failure } from "@coterie/wire";
import { Metadata, type ServiceError, status as Status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, TestNode } from "../test/node.ts";
import { decodeError, encodeError, reasonOf } from "./error-status.ts";
import { kvClient } from "./unary-client.ts";

const key = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("an Error and its gRPC status", () => {
  const node = new TestNode();
  let client: ReturnType<typeof kvClient>;
  beforeAll(async () => {
    client = kvClient(await node.listen());
  });
  afterAll(() => {
    client.close();
    node.stop();
  });

  test.each([
    [Code.INVALID, Status.INVALID_ARGUMENT],
    [Code.UNAVAILABLE, Status.UNAVAILABLE],
    [Code.IN_DOUBT, Status.DEADLINE_EXCEEDED],
    [Code.OVERLOADED, Status.RESOURCE_EXHAUSTED],
    [Code.BUCKET_EXISTS, Status.ALREADY_EXISTS],
    [Code.BUCKET_UNKNOWN, Status.NOT_FOUND],
    [Code.NOT_READY, Status.UNAVAILABLE],
    [Code.WRONG_CLUSTER, Status.FAILED_PRECONDITION],
    [Code.INTERNAL, Status.INTERNAL],
  ])("%i travels as status %i and arrives whole", async (code, status) => {
    const result = await client.put({ key: key(`fail ${code}`), value: key("as asked") });
    if (result.type !== "failed") throw new Error("it should fail");
    expect(result.status).toBe(status);
    expect(result.error).toMatchObject({
      code,
      message: "the put failed: as asked",
      required: 2,
      received: 1,
      retryAfterMs: 250,
    });
  });

  test("an overloaded node pushes back in gRPC's own words as well", () => {
    const { metadata } = encodeError(failure({ code: Code.OVERLOADED, retryAfterMs: 40 }));
    expect(metadata.get("grpc-retry-pushback-ms")).toEqual(["40"]);
  });

  test("a message that is long, or no well-formed text, is trimmed and does not bring the node down", async () => {
    const text = `\ud800${"ä".repeat(5000)}`;
    const status = encodeError(failure({ code: Code.INVALID, message: text }));
    expect(encodeURI(status.details).length).toBeLessThan(7000);
    const result = await client.put({ key: key("fail 1"), value: key("ä".repeat(100_000)) });
    expect(result).toMatchObject({ type: "failed", status: Status.INVALID_ARGUMENT });
  });
});

describe("a failure in which the node had no say", () => {
  const seen = (code: Status, details: string, metadata = new Metadata()): Failure =>
    decodeError(Object.assign(new Error(details), { code, details, metadata }) as ServiceError);

  test.each([
    [
      "no connection came about: nothing was done",
      Status.UNAVAILABLE,
      "No connection established. Last error: x",
      Code.UNAVAILABLE,
    ],
    [
      "the name is unknown: nothing was done",
      Status.UNAVAILABLE,
      "Name resolution failed for target dns:x:1",
      Code.UNAVAILABLE,
    ],
    [
      "the connection broke under the call",
      Status.UNAVAILABLE,
      "Connection dropped",
      Code.IN_DOUBT,
    ],
    [
      "no answer came in time",
      Status.DEADLINE_EXCEEDED,
      "Deadline exceeded after 1.000s",
      Code.IN_DOUBT,
    ],
    ["it was cancelled", Status.CANCELLED, "Cancelled on client", Code.IN_DOUBT],
    [
      "the message is too large",
      Status.RESOURCE_EXHAUSTED,
      "Received message larger than max (9 vs 8)",
      Code.INVALID,
    ],
    ["a proxy has enough", Status.RESOURCE_EXHAUSTED, "slow down", Code.OVERLOADED],
    ["the server is something else", Status.UNIMPLEMENTED, "unknown service", Code.INTERNAL],
  ])("%s", (_title, status, details, code) => {
    expect(seen(status, details).code).toBe(code);
  });

  test("a trailer that is garbage counts as none", () => {
    const metadata = new Metadata();
    metadata.set("coterie-error-bin", Buffer.from([255, 255, 255]));
    expect(seen(Status.INVALID_ARGUMENT, "bad", metadata)).toMatchObject({
      code: Code.INVALID,
      message: "bad",
    });
  });

  test("the cause is told without grpc-js's wrapping", () => {
    const details =
      "No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1 (2026-11-21T03:00:00.000Z). Resolution note: ";
    expect(reasonOf({ code: Status.UNAVAILABLE, details })).toBe(
      "connect ECONNREFUSED 127.0.0.1:1",
    );
    expect(reasonOf({ code: Status.CANCELLED, details: "" })).toBe("gRPC status CANCELLED");
  });
});
