import type { NodeId } from "@coterie/core";
import { type RingRecord, RingView } from "@coterie/shard-engine";
import {
  abortChange,
  beginChange,
  type NodeRingReport,
  nextStep,
  scanDuties,
} from "../src/index.ts";
import type { Setting } from "./setting.ts";

export const RULES = { n: 3, rMin: 2, wMin: 2 };

/** What a record means for the one partition, as sets of nodes: bit i is node i of the setting. */
export interface Phase {
  readonly record: RingRecord;
  readonly view: RingView;
  readonly name: string;
  /** Each must give W. */
  readonly writes: readonly number[];
  /** Must give R. */
  readonly reads: number;
  readonly owners: number;
  readonly gainers: number;
  /** For each node from whom it is to read, as the shipped duties say. */
  readonly sources: readonly number[];
}

/** All records that were ever chosen in a run, in order. */
export interface History {
  readonly phases: readonly Phase[];
  readonly begun: number;
  readonly aborted: number;
}

/** What a node says, in numbers. */
export interface Said {
  readonly epoch: number;
  readonly scanned: number;
  readonly change: string | undefined;
}

/** Every step that the shipped functions take from the records of a run. */
export class Rings {
  readonly #setting: Setting;
  readonly #phases = new Map<string, Phase>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  first(): History {
    let history: History = { phases: [this.#phase(this.#setting.ring)], begun: 0, aborted: 0 };
    for (const order of this.#setting.already ?? []) {
      history = this.ordered(history).find(([event]) => event.includes(order))![1];
    }
    return history;
  }

  /** An operator begins the next change, or takes the present one back. */
  ordered(history: History): [event: string, History][] {
    const { changes, aborts, nodes } = this.#setting;
    const orders: [string, History][] = [];
    const last = history.phases.at(-1)!;
    const request = changes[history.begun];
    if (request !== undefined && last.record.phase === "stable") {
      const id = `000000000000000${history.begun}`;
      const members = new Map(nodes.map((node) => [node, true]));
      const verdict = beginChange(last.record, request, { id, acceptLoss: false, members });
      if (verdict.type === "accepted") {
        const begun = this.#with(history, verdict.record);
        orders.push([
          `an operator begins to ${request.kind}`,
          { ...begun, begun: begun.begun + 1 },
        ]);
      }
    }
    if (history.aborted < aborts) {
      for (const from of this.#writable(history)) {
        const verdict = abortChange(from.record);
        if (verdict.type === "refused") continue;
        const back =
          this.#setting.without === "N - rMin + 1 new owners know of the way back"
            ? { ...this.#setting.ring, epoch: verdict.record.epoch }
            : verdict.record;
        const aborted = this.#with(history, back);
        orders.push(["an operator aborts", { ...aborted, aborted: aborted.aborted + 1 }]);
      }
    }
    return orders;
  }

  /** What a driver may do that has heard all this. */
  driven(history: History, said: readonly Said[]): [event: string, History][] {
    return this.#writable(history).flatMap((from): [string, History][] => {
      const step = nextStep(from.view, this.#reports(from, said));
      if (step.type !== "advance") return [];
      const after = this.#with(history, step.record);
      if (history.phases.includes(after.phases.at(-1)!)) return [];
      return [[`a driver goes on to ${after.phases.at(-1)!.name}`, after]];
    });
  }

  /** With a register only the newest record can be replaced; else a driver may not know of it. */
  #writable({ phases }: History): readonly Phase[] {
    return this.#setting.without === "the record is one register" ? phases : phases.slice(-1);
  }

  #with(history: History, record: RingRecord): History {
    return { ...history, phases: [...history.phases, this.#phase(record)] };
  }

  /** What is said, but for the condition that is taken away. */
  #reports(
    { record, sources, gainers }: Phase,
    said: readonly Said[],
  ): Map<NodeId, NodeRingReport> {
    const { nodes, without } = this.#setting;
    const reports = new Map<NodeId, NodeRingReport>();
    said.forEach(({ epoch, scanned, change }, i) => {
      let of = change;
      let whole = scanned;
      let known = epoch;
      const named = record.change?.nodes.includes(nodes[i]!) ?? false;
      const all = sources[i]!;
      if (without === "every gainer scans, named by the change or not" && !named) whole = all;
      const stays = ((gainers >> i) & 1) === 0;
      if (without === "owners that stay scan when there are fewer than N" && stays) whole = all;
      if (without === "N - wMin + 1 sources are scanned" && whole !== 0) whole = all;
      if (without === "scans of another change count for nothing") of = record.change?.id;
      const deceived = without === "N - rMin + 1 old owners know of the switch";
      if (deceived && record.phase === "switched") known = record.epoch;
      reports.set(nodes[i]!, {
        epoch: known,
        rules: [RULES],
        scans:
          record.change === undefined
            ? undefined
            : {
                change: whole === all && whole !== scanned ? record.change.id : (of ?? ""),
                whole: new Map(
                  nodes.filter((_, j) => (whole >> j) & 1).map((id) => [id, new Set([0])]),
                ),
                partial: new Map(),
                obstacles: new Map(),
              },
        leftovers: { partitions: 0, obstacles: new Map() },
      });
    });
    return reports;
  }

  #phase(record: RingRecord): Phase {
    const key = JSON.stringify(record);
    const known = this.#phases.get(key);
    if (known !== undefined) return known;
    const view = new RingView(record);
    const { without, nodes } = this.#setting;
    const bits = (ids: readonly NodeId[]): number =>
      ids.reduce((set, id) => set | (1 << nodes.indexOf(id)), 0);
    const old = bits(view.ring(RULES.n).primaries(0));
    const next = bits(view.nextRing(RULES.n)?.primaries(0) ?? []);
    let writes = view.writeGroups(0, RULES.n).map(bits);
    let [reads = 0] = view.readGroups(0, RULES.n).map(bits);
    const { phase } = record;
    if (without === "writes reach the new owners while joining" && phase === "joining") {
      writes = [old];
    }
    if (without === "writes reach the old owners while switched" && phase === "switched") {
      writes = [next];
    }
    if (without === "reads ask the old owners while joining" && phase === "joining") reads = next;
    const duties = scanDuties(view, [RULES]);
    const made: Phase = {
      record,
      view,
      name: record.change?.aborting ? `${phase}, on the way back,` : phase,
      writes,
      reads,
      owners: phase === "stable" ? old : 0,
      gainers: bits(view.gainers(0, RULES.n)),
      sources: nodes.map((node) => bits(duties.find((duty) => duty.node === node)?.sources ?? [])),
    };
    this.#phases.set(key, made);
    return made;
  }
}
