// Random schedules for what is too large to walk through: many proposers and acceptors, members that
// change all the time. Requests and replies are lost, repeated, reordered and late; acceptors stop for
// a while and start again from what they made durable; proposers vanish, and new ones with fresh ids
// and whatever membership was last known to somebody take their place.
import { below, fraction, pick, type SeededRandom } from "@coterie/core";
import {
  type AcceptorSets,
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
  type Membership,
  Proposer,
  type ProposerEffect,
} from "../src/index.ts";

const ACCEPTORS = ["a", "b", "c", "d", "e"];
const PROPOSERS = 4;

interface Client {
  readonly proposer: Proposer;
  /** The number that its change appends; undefined between two changes. */
  number: number | undefined;
  /** What had been returned to anyone when its change began. */
  floor: readonly number[];
}

type Message =
  | { readonly to: string; readonly from: Client; readonly request: Uint8Array }
  | { readonly to: Client; readonly from: string; readonly reply: Uint8Array };

export interface Account {
  readonly returned: number;
  readonly membershipChanges: number;
  readonly broken: string | undefined;
}

/** Runs one schedule of `steps` events. The same seed gives the same schedule. */
export function runSchedule(random: SeededRandom, steps: number): Account {
  const birth = founders([someAcceptors(random)]);
  const disks = new Map(ACCEPTORS.map((id) => [id, encodeAcceptorState(EMPTY_ACCEPTOR)]));
  const stopped = new Set<string>();
  const known: Membership[] = [birth];
  const clients: Client[] = [];
  let flying: Message[] = [];
  let nowMs = 0;
  let started = 0;
  let numbers = 0;
  let longest: readonly number[] = [];
  let returned = 0;
  let broken: string | undefined;

  const start = (at: number): void => {
    const options = { id: `p${started++}`, membership: pick(random, known), random };
    clients[at] = { proposer: new Proposer(options), number: undefined, floor: [] };
  };
  const carryOut = (client: Client, effects: readonly ProposerEffect[]): void => {
    for (const effect of effects) {
      if (effect.type === "send") {
        flying.push({ to: effect.to, from: client, request: encodeRequest(effect.request) });
        continue;
      }
      const { number, floor } = client;
      client.number = undefined;
      if (effect.outcome.type !== "ok") continue;
      const list = [...(effect.outcome.register.value ?? [])];
      known.push(effect.outcome.register.membership);
      returned++;
      broken ??= brokenRule(list, number!, floor, longest);
      if (list.length > longest.length) longest = list;
    }
  };
  const deliver = (message: Message): void => {
    if ("reply" in message) {
      const { to, from, reply } = message;
      carryOut(to, to.proposer.receive(nowMs, from, decodeReply(reply)));
      return;
    }
    if (stopped.has(message.to)) return;
    const state = decodeAcceptorState(disks.get(message.to)!);
    const effect = answer(state, decodeRequest(message.request));
    if (effect.type === "persistThenReply") {
      disks.set(message.to, encodeAcceptorState(effect.state));
      if (fraction(random) < 0.02) return; // crashed before the reply left
    }
    flying.push({ to: message.from, from: message.to, reply: encodeReply(effect.reply) });
  };

  for (let at = 0; at < PROPOSERS; at++) start(at);
  for (let step = 0; step < steps && broken === undefined; step++) {
    nowMs += below(random, 20);
    const client = pick(random, clients);
    const chance = fraction(random);
    if (chance < 0.002) start(below(random, PROPOSERS));
    else if (chance < 0.004) {
      const id = pick(random, ACCEPTORS);
      if (!stopped.delete(id) && stopped.size < 2) stopped.add(id);
    } else if (chance < 0.006) client.proposer.learn(pick(random, known));
    else if (client.number === undefined) {
      if (numbers === 200) break;
      client.number = numbers++;
      client.floor = longest;
      const acceptors = fraction(random) < 0.5 ? someSets(random) : undefined;
      const change = appending(client.number, acceptors);
      carryOut(client, client.proposer.propose(nowMs, change, nowMs + 3_000));
    } else if (chance < 0.05) carryOut(client, client.proposer.tick(nowMs));
    else if (flying.length > 0) {
      const at = below(random, Math.min(flying.length, 60));
      const message = flying[at]!;
      if (fraction(random) < 0.9) flying.splice(at, 1); // else it will come once more
      if (fraction(random) < 0.95) deliver(message);
      if (flying.length > 500) flying = flying.slice(-400);
    }
  }
  const membershipChanges = Math.max(...known.map(({ version }) => version));
  return { returned, membershipChanges, broken };
}

function appending(number: number, acceptors: AcceptorSets | undefined): Change {
  return ({ value }) => {
    if (value?.includes(number)) return { type: "keep" };
    const next = new Uint8Array([...(value ?? []), number]);
    return acceptors === undefined
      ? { type: "write", value: next }
      : { type: "write", value: next, acceptors };
  };
}

function brokenRule(
  list: readonly number[],
  own: number,
  floor: readonly number[],
  longest: readonly number[],
): string | undefined {
  if (!list.includes(own)) return `[${list}] lacks its own change ${own}`;
  if (new Set(list).size < list.length) return `[${list}] holds a change twice`;
  if (!isPrefix(floor, list)) return `[${list}] lacks [${floor}], returned before it began`;
  if (isPrefix(list, longest) || isPrefix(longest, list)) return undefined;
  return `[${list}] and [${longest}] are no prefixes of one another`;
}

function isPrefix(start: readonly number[], list: readonly number[]): boolean {
  return start.length <= list.length && start.every((number, at) => number === list[at]);
}

/** One to three acceptors. */
function someAcceptors(random: SeededRandom): string[] {
  return Array.from({ length: 1 + below(random, 3) }, () => pick(random, ACCEPTORS));
}

/** One set or two of them. */
function someSets(random: SeededRandom): AcceptorSets {
  return Array.from({ length: 1 + below(random, 2) }, () => someAcceptors(random));
}
