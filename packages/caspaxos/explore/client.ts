// One proposer with the changes it is to make, as an immutable value: the real machine, driven until
// it waits for a message.
import {
  type Ballot,
  type Change,
  founders,
  Proposer,
  type ProposerEffect,
  type ProposerState,
  type Reply,
  type Request,
} from "../src/index.ts";
import type { Letter, Setting } from "./setting.ts";

export interface Client {
  readonly index: number;
  readonly proposer: ProposerState;
  /** Which of its changes is under way. */
  readonly change: number;
  /** How many rounds it has begun; it stops for good where one more would be too many. */
  readonly rounds: number;
  /** The longest value that anyone had returned when the change under way began. */
  readonly floor: string;
}

export interface ClientStep {
  readonly client: Client;
  /** The longest value returned by now. */
  readonly longest: string;
  readonly sent: readonly { readonly to: string; readonly request: Request }[];
  readonly returned: readonly string[];
  /** The rule that a returned value breaks. */
  readonly broken: string | undefined;
}

export type Input =
  | { readonly type: "begin" }
  | { readonly type: "reply"; readonly from: string; readonly reply: Reply }
  /** Waiting ends although some acceptors may yet answer. */
  | { readonly type: "impatience" };

const RANDOM = { uint32: () => 0 };

export function proposerId(index: number): string {
  return `p${index}`;
}

export function newClient(index: number, setting: Setting): Client {
  const proposer = { counter: 0, membership: founders(setting.members), job: undefined };
  return { index, proposer, change: 0, rounds: 0, floor: "" };
}

export function step(client: Client, longest: string, input: Input, setting: Setting): ClientStep {
  const { index, proposer } = client;
  const options = { id: proposerId(index), membership: proposer.membership, random: RANDOM };
  const machine = new Proposer(options, proposer);
  let current: ClientStep = { client, longest, sent: [], returned: [], broken: undefined };
  let effects: ProposerEffect[] = [];
  if (input.type === "begin") effects = begin(machine, client, setting);
  if (input.type === "reply") effects = machine.receive(0, input.from, input.reply);
  if (input.type === "impatience") effects = machine.tick(machine.deadlineMs);
  for (;;) {
    const next = take(current, machine, effects, setting);
    if (next.client.rounds > setting.rounds[index]!) {
      return { ...current, client: stopped(current.client, setting) };
    }
    current = next;
    // To begin the next round at once is to begin it at any time: its messages may be late.
    const { job } = machine.state;
    if (job?.phase.type === "backoff") effects = machine.tick(machine.deadlineMs);
    else if (job === undefined) effects = begin(machine, current.client, setting);
    else return current;
    if (effects.length === 0) return { ...current, client: stopped(current.client, setting) };
  }
}

/** All who will do nothing more are alike. */
function stopped({ index }: Client, setting: Setting): Client {
  return { ...newClient(index, setting), change: setting.letters[index]!.length };
}

function begin(machine: Proposer, client: Client, setting: Setting): ProposerEffect[] {
  const letter = setting.letters[client.index]![client.change];
  return letter === undefined
    ? []
    : machine.propose(0, appending(letter), Number.POSITIVE_INFINITY);
}

function take(
  before: ClientStep,
  machine: Proposer,
  effects: readonly ProposerEffect[],
  setting: Setting,
): ClientStep {
  let { client, longest, broken } = before;
  const sent = [...before.sent];
  const returned = [...before.returned];
  const known = ballotUnderWay(client.proposer)?.counter;
  const now = ballotUnderWay(machine.state)?.counter;
  const rounds = client.rounds + (now !== undefined && now !== known ? 1 : 0);
  client = { ...client, proposer: machine.state, rounds };
  for (const effect of effects) {
    if (effect.type === "send") {
      sent.push({ to: effect.to, request: effect.request });
      continue;
    }
    if (effect.outcome.type !== "ok") throw new Error(`a change ended: ${effect.outcome.type}`);
    const value = text(effect.outcome.register.value);
    const { letter } = setting.letters[client.index]![client.change]!;
    broken ??= brokenRule(value, letter, client.floor, longest);
    returned.push(value);
    if (value.length > longest.length) longest = value;
    client = { ...client, change: client.change + 1, floor: longest };
  }
  return { client, longest, sent, returned, broken };
}

/** What every returned value must be, if the register is linearizable. */
function brokenRule(
  value: string,
  letter: string,
  floor: string,
  longest: string,
): string | undefined {
  if (!value.includes(letter)) return `"${value}" lacks its own change ${letter}`;
  if (new Set(value).size < value.length) return `"${value}" holds a change twice`;
  if (!value.startsWith(floor)) return `"${value}" lacks "${floor}", returned before it began`;
  if (value.startsWith(longest) || longest.startsWith(value)) return undefined;
  return `"${value}" and "${longest}" are no prefixes of one another`;
}

function appending({ letter, acceptors }: Letter): Change {
  return ({ value }) => {
    if (text(value).includes(letter)) return { type: "keep" };
    const next = new Uint8Array([...(value ?? []), letter.charCodeAt(0)]);
    return acceptors === undefined
      ? { type: "write", value: next }
      : { type: "write", value: next, acceptors };
  };
}

export function ballotUnderWay({ job }: ProposerState): Ballot | undefined {
  const phase = job?.phase;
  if (phase?.type === "prepare") return phase.ballot;
  return phase?.type === "accept" ? phase.proposal.ballot : undefined;
}

export function text(value: Uint8Array | undefined): string {
  return value === undefined ? "" : String.fromCharCode(...value);
}
