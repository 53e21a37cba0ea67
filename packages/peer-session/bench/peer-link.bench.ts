// What a link and a session server cost by themselves: both ends in one process, no encoding, no socket.
import { systemClock, systemRandom, systemTimers } from "@coterie/core";
import { PeerLink, SessionServer } from "@coterie/peer-session";
import { MemoryNetwork } from "@coterie/peer-session/testing";

interface Call {
  id: number;
  timeoutMs: number;
  body: { case: "put"; value: { bucket: string; key: Uint8Array; value: Uint8Array } };
}

const time = { ...systemClock, ...systemTimers };
const network = new MemoryNetwork({ time, copy: (frame) => frame });
const server = new SessionServer<string, Call, { id: number }>({
  clock: time,
  timers: time,
  greet: () => ({ hello: "b" }),
  handle: ({ id }) => ({ id }),
  reject: ({ id }) => ({ id }),
});
network.listen("b", server);
const link = new PeerLink<string, Call, { id: number }>({
  address: "b",
  dialer: network.dialer("a"),
  clock: time,
  timers: time,
  random: systemRandom,
  hello: () => "a",
  check: () => undefined,
});

const key = new Uint8Array(16);
const value = new Uint8Array(100);
const call: Call = {
  id: 0,
  timeoutMs: 0,
  body: { case: "put", value: { bucket: "b", key, value } },
};

console.log("in flight   calls/s");
for (const inFlight of [1, 16, 256, 1024]) {
  let done = 0;
  const untilMs = time.monotonicMs() + 1500;
  const startMs = time.monotonicMs();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (time.monotonicMs() < untilMs) {
        const result = await link.call(call, 1000);
        if (result.type !== "reply") throw new Error(result.reason);
        done++;
      }
    }),
  );
  const seconds = (time.monotonicMs() - startMs) / 1000;
  console.log(
    `${String(inFlight).padStart(9)}   ${Math.round(done / seconds).toLocaleString("en")}`,
  );
}
link.close();
server.close();
