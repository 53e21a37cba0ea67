// Web sessions: the last write wins, reads ask one replica, and each session ends by itself.
import { connect } from "@coterie/client";

interface Session {
  readonly user: string;
  readonly seenAtMs: number;
}

const TTL_MS = 1_500;

await using store = await connect();
const sessions = store.bucket<Session>("sessions", { merge: "lww" });

async function touch(id: string, user: string): Promise<void> {
  const nowMs = Date.now();
  await sessions.put(id, { user, seenAtMs: nowMs }, { expiresAtMs: nowMs + TTL_MS, level: "one" });
}

/** One replica is enough: the worst is a session that seems a moment older than it is. */
async function find(id: string): Promise<Session | undefined> {
  const read = await sessions.get(id, { level: "one" });
  return read.kind === "value" ? read.value : undefined;
}

const id = `session-${Date.now()}`;
await touch(id, "ada");
await touch(id, "ada");
// One answer may come from the replica that has not heard yet; a quorum has.
console.log("signed in as", (await sessions.get(id)).kind === "value" ? "ada" : "nobody");
await new Promise((resolve) => setTimeout(resolve, TTL_MS + 500));
console.log(
  "later",
  (await find(id)) === undefined ? "the session has ended" : "it is still there",
);
