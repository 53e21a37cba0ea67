import { expect, test } from "vitest";
import { type CpuProfile, slice, stagesOf } from "./cpu-profile.ts";

const frame = (functionName: string, url = "") => ({ functionName, url });
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 6] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("put", "file:///x/packages/quorum/dist/put.js"), children: [4] },
    {
      id: 4,
      callFrame: frame("send", "file:///x/node_modules/.pnpm/a/node_modules/@grpc/grpc-js/a.js"),
      children: [5],
    },
    { id: 5, callFrame: frame("writev", "node:http2") },
    { id: 6, callFrame: frame("(garbage collector)") },
  ],
  startTime: 1000,
  endTime: 1600,
  samples: [2, 3, 5, 5, 6],
  timeDeltas: [100, 100, 100, 100, 100],
};

test("a sample belongs to the innermost package, and idle time to none", () => {
  expect(Object.fromEntries(stagesOf(profile))).toEqual({
    quorum: 100,
    "@grpc/grpc-js": 200,
    "garbage collection": 100,
  });
});

test("a part of a profile has the samples of that time alone", () => {
  expect(slice(profile, 1200, 1400)).toMatchObject({ samples: [3, 5], timeDeltas: [0, 100] });
});
