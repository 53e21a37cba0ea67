// How many changes a register takes: proposer, three acceptors and the codec of every message and state in
// one thread, without disk or network. A real register is bound by its acceptors' fsync.
import { SeededRandom } from "@coterie/core";
import {
  answer,
  type Change,
  decodeAcceptorState,
  decodeReply,
  decodeRequest,
  EMPTY_ACCEPTOR,
  encodeAcceptorState,
  encodeReply,
  encodeRequest,
  founders,
  Proposer,
} from "../src/index.ts";

const CHANGES = 20_000;
const ids = ["a", "b", "c"];

function measure(title: string, valueBytes: number): void {
  const disks = new Map(ids.map((id) => [id, encodeAcceptorState(EMPTY_ACCEPTOR)]));
  const membership = founders([ids]);
  const proposer = new Proposer({ id: "p", membership, random: new SeededRandom(1) });
  const value = new Uint8Array(valueBytes);
  const change: Change = () => ({ type: "write", value });
  let messages = 0;
  const startMs = performance.now();
  for (let count = 0; count < CHANGES; count++) {
    const todo = proposer.propose(0, change, 1000);
    for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
      if (effect.type !== "send") continue;
      messages++;
      const request = decodeRequest(encodeRequest(effect.request));
      const answered = answer(decodeAcceptorState(disks.get(effect.to)!), request);
      if (answered.type === "persistThenReply") {
        disks.set(effect.to, encodeAcceptorState(answered.state));
      }
      const reply = decodeReply(encodeReply(answered.reply));
      todo.push(...proposer.receive(0, effect.to, reply));
    }
  }
  const seconds = (performance.now() - startMs) / 1000;
  const each = (messages / CHANGES).toFixed(1);
  console.log(`${title}: ${(CHANGES / seconds).toFixed(0)} changes/s, ${each} requests each`);
}

measure("value of 100 bytes", 100);
measure("value of 10 kB", 10_000);
