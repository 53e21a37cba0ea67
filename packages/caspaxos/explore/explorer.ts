// Walks every reachable state of the real proposers and the real acceptors, breadth first.
//
// At any moment, in any order, may happen: a request ever sent reaches its acceptor, for the first time or
// again (so requests are lost, repeated and reordered) and its answer is lost, or reaches the proposer;
// an acceptor crashes and starts again from what it made durable; a proposer that was refused gives its
// round up. Time is left out: any wait may end at any moment.
//
// Two things are joined without losing a behaviour. An answer arrives at once or never: all that a
// proposer does upon an answer is to send, and what it sends may be as late as one likes. And the first
// delivery of a request answers nothing, only a repeated one does: an acceptor answers both alike.
// Bounded are the changes, and the rounds that each proposer may begin.
import {
  type AcceptorState,
  answer,
  type Ballot,
  compareBallots,
  EMPTY_ACCEPTOR,
  type Reply,
  type Request,
} from "../src/index.ts";
import { ballotUnderWay, type Client, type Input, newClient, step } from "./client.ts";
import { ballotOf, describeReply, describeRequest, nameOf } from "./describe.ts";
import { Interning, remembered } from "./interning.ts";
import type { Setting } from "./setting.ts";
import { keyOf, Symmetry, type World } from "./symmetry.ts";

export interface Verdict {
  readonly states: number;
  readonly transitions: number;
  /** Every value that a change returned, in any run. */
  readonly returned: readonly string[];
  /** The shortest run that breaks the register: what happened, one after the other. */
  readonly violation: { readonly rule: string; readonly events: readonly string[] } | undefined;
}

interface Answer {
  readonly state: number;
  readonly durable: boolean;
  readonly reply: Reply;
  /** The reply as a proposer's input. */
  readonly input: number;
}

/** What a proposer does upon an input, in numbers. */
interface Reaction {
  readonly client: number;
  readonly longest: number;
  readonly sent: readonly number[];
  readonly returned: readonly string[];
  readonly broken: string | undefined;
}

interface Step {
  readonly event: () => string;
  readonly after: World;
  readonly broken: string | undefined;
}

/** More different values than the few letters of a setting can make. */
const LONGEST = 64;

/**
 * A world is a list of numbers: for each acceptor what it has in memory and on disk, for each client its
 * state, the longest value returned, and then the requests under way, ascending. All numbers stand
 * for interned values, so that the machines run once for each different step and not for each world.
 */
export class Explorer {
  readonly #setting: Setting;
  readonly #acceptors = new Interning<AcceptorState>(nameOf);
  readonly #clients = new Interning<Client>(nameOf);
  readonly #requests = new Interning<{ to: number; request: Request }>(nameOf);
  readonly #inputs = new Interning<Input>(nameOf);
  readonly #longest = new Interning<string>((value) => value);
  readonly #returned = new Set<string>();
  readonly #clientsAt: number;
  readonly #longestAt: number;
  readonly #impatience: number;
  readonly #symmetry: Symmetry | undefined;
  readonly #proposers: number[] = []; // by request

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#clientsAt = 2 * setting.acceptors.length;
    this.#longestAt = this.#clientsAt + setting.letters.length;
    const numbers = {
      acceptors: setting.acceptors,
      clients: this.#clients,
      requests: this.#requests,
    };
    this.#symmetry = setting.interchangeable ? new Symmetry(numbers, this.#longestAt) : undefined;
    this.#impatience = this.#inputs.number({ type: "impatience" });
  }

  run(): Verdict {
    const parents: number[] = [-1];
    const events: (() => string)[] = [() => ""];
    let frontier: [number, World][] = [[0, this.#first()]];
    const seen = new Set([keyOf(frontier[0]![1])]);
    let transitions = 0;
    while (frontier.length > 0) {
      const next: [number, World][] = [];
      for (const [at, world] of frontier) {
        for (const { event, after: raw, broken } of this.#steps(world)) {
          transitions++;
          if (broken !== undefined) {
            const trail = [event()];
            for (let state = at; state > 0; state = parents[state]!)
              trail.unshift(events[state]!());
            return this.#verdict(seen.size, transitions, { rule: broken, events: trail });
          }
          const after = this.#canonical(raw);
          const key = keyOf(after);
          if (seen.has(key)) continue;
          seen.add(key);
          events.push(event);
          next.push([parents.push(at) - 1, after]);
        }
      }
      frontier = next;
    }
    return this.#verdict(seen.size, transitions, undefined);
  }

  #canonical(world: World): World {
    const tidied = this.#tidied(world);
    return this.#symmetry?.canonical(tidied) ?? tidied;
  }

  #verdict(states: number, transitions: number, violation: Verdict["violation"]): Verdict {
    return { states, transitions, returned: [...this.#returned].sort(), violation };
  }

  #first(): World {
    const empty = this.#acceptors.number(EMPTY_ACCEPTOR);
    const clients = this.#setting.letters.map((_, at) =>
      this.#clients.number(newClient(at, this.#setting)),
    );
    const acceptors = this.#setting.acceptors.flatMap(() => [empty, empty]);
    let world: World = [...acceptors, ...clients, this.#longest.number("")];
    const begin = this.#inputs.number({ type: "begin" });
    for (const client of clients.keys()) world = this.#drive(world, client, begin, () => "").after;
    return this.#canonical(world);
  }

  #steps(world: World): Step[] {
    const steps: Step[] = [];
    for (let at = this.#longestAt + 1; at < world.length; at++) {
      const step = this.#deliver(world, world[at]!);
      if (step !== undefined) steps.push(step);
    }
    for (let at = 0; at < this.#clientsAt; at += 2) {
      if (world[at] === world[at + 1]) continue;
      const event = () => `${this.#setting.acceptors[at / 2]} crashes and starts again`;
      steps.push({ event, after: world.with(at, world[at + 1]!), broken: undefined });
    }
    for (let client = 0; client < this.#setting.letters.length; client++) {
      const { proposer } = this.#clients.values[world[this.#clientsAt + client]!]!;
      const phase = proposer.job?.phase;
      if (phase === undefined || phase.type === "backoff" || phase.refused.length === 0) continue;
      const event = () => `p${client} gives its round up`;
      steps.push(this.#drive(world, client, this.#impatience, event));
    }
    return steps;
  }

  /** A request reaches its acceptor, which takes it; or, if it had done so, the answer gets through. */
  #deliver(world: World, number: number): Step | undefined {
    const { to, request } = this.#requests.values[number]!;
    const memory = world[2 * to]!;
    const { state, durable, reply, input } = this.#answer(memory, number);
    const name = this.#setting.acceptors[to]!;
    if (!this.#isSpent(memory, number)) {
      const taken = world.with(2 * to, state);
      const after = durable ? taken.with(2 * to + 1, state) : taken;
      const event = () => `${name} takes ${describeRequest(request)}`;
      return { event, after, broken: undefined };
    }
    const client = this.#proposerOf(number);
    const proposer = world[this.#clientsAt + client]!;
    if (!this.#awaits(proposer, to, reply.ballot, reply.type)) return undefined;
    const event = () => `p${client} hears ${describeReply(reply)} from ${name}`;
    return this.#drive(world, client, input, event);
  }

  readonly #answer = remembered((memory: number, number: number): Answer => {
    const { to, request } = this.#requests.values[number]!;
    const { fault, acceptors } = this.#setting;
    const effect = answer(this.#acceptors.values[memory]!, request);
    let reply: Reply = effect.reply;
    if (fault?.shows !== undefined && reply.type === "promise") {
      reply = { ...reply, accepted: fault.shows(reply.accepted) };
    }
    const input = this.#inputs.number({ type: "reply", from: acceptors[to]!, reply });
    if (effect.type === "reply") return { state: memory, durable: false, reply, input };
    const durable = !(fault?.forgetsPromises && request.type === "prepare");
    return { state: this.#acceptors.number(effect.state), durable, reply, input };
  });

  /** Lets one proposer go on, and puts what it sends under way. */
  #drive(world: World, client: number, input: number, event: () => string): Step {
    const before = world[this.#clientsAt + client]!;
    const reaction = this.#react(before, input * LONGEST + world[this.#longestAt]!);
    const after = world.concat(reaction.sent);
    after[this.#clientsAt + client] = reaction.client;
    after[this.#longestAt] = reaction.longest;
    const { broken, returned } = reaction;
    const told = () =>
      event() + returned.map((value) => `; p${client} returns "${value}"`).join("");
    return { event: told, after, broken };
  }

  readonly #react = remembered((number: number, inputAndLongest: number): Reaction => {
    const client = this.#clients.values[number]!;
    const input = this.#inputs.values[Math.floor(inputAndLongest / LONGEST)]!;
    const longest = this.#longest.values[inputAndLongest % LONGEST]!;
    const reaction = step(client, longest, input, this.#setting);
    for (const value of reaction.returned) this.#returned.add(value);
    return {
      client: this.#clients.number(reaction.client),
      longest: this.#longest.number(reaction.longest),
      sent: reaction.sent.map(({ to, request }) =>
        this.#requests.number({ to: this.#setting.acceptors.indexOf(to), request }),
      ),
      returned: reaction.returned,
      broken: reaction.broken,
    };
  });

  #proposerOf(number: number): number {
    const known = this.#proposers[number];
    if (known !== undefined) return known;
    const proposer = Number(ballotOf(this.#requests.values[number]!.request).proposer.slice(1));
    this.#proposers[number] = proposer;
    return proposer;
  }

  /** Forgets requests that can change nothing any more, so that worlds that behave alike are one. */
  #tidied(world: World): World {
    const head = this.#longestAt + 1;
    const live = new Set<number>();
    for (let at = head; at < world.length; at++) {
      const number = world[at]!;
      const { to } = this.#requests.values[number]!;
      const isLive =
        !this.#isSpent(world[2 * to]!, number) ||
        !this.#isSpent(world[2 * to + 1]!, number) ||
        this.#isAwaited(world[this.#clientsAt + this.#proposerOf(number)]!, number);
      if (isLive) live.add(number);
    }
    return [...world.slice(0, head), ...[...live].sort((a, b) => a - b)];
  }

  /** Whether a request would leave the acceptor as it is. */
  readonly #isSpent = remembered((state: number, number: number): boolean => {
    const { promised, accepted } = this.#acceptors.values[state]!;
    const { request } = this.#requests.values[number]!;
    const order = compareBallots(ballotOf(request), promised);
    if (order !== 0 || request.type === "prepare") return order <= 0;
    return accepted !== undefined && compareBallots(accepted.ballot, promised) === 0;
  });

  readonly #isAwaited = remembered((client: number, number: number): boolean => {
    const { to, request } = this.#requests.values[number]!;
    return this.#awaits(client, to, ballotOf(request), "conflict");
  });

  /** Whether a proposer would take such a reply, now or ever. */
  #awaits(client: number, from: number, ballot: Ballot, type: Reply["type"]): boolean {
    const { proposer } = this.#clients.values[client]!;
    const phase = proposer.job?.phase;
    if (phase === undefined || phase.type === "backoff") return false;
    if (compareBallots(ballotUnderWay(proposer)!, ballot) !== 0) return false;
    const id = this.#setting.acceptors[from]!;
    if (phase.refused.includes(id)) return false;
    if (phase.type === "prepare") return type !== "accepted" && !phase.promises.has(id);
    return type !== "promise" && !phase.accepted.includes(id);
  }
}
