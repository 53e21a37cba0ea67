/** How a member behaves. Times are milliseconds. Every member of a cluster should use the same. */
export interface SwimConfig {
  /** Time between two probes of one member [SWIM §3.1]. Longer: fewer messages, later detection. */
  readonly protocolPeriodMs: number;
  /**
   * Silence after which others are asked to ping, above the p99 of a round trip. Longer: fewer
   * indirect pings, but less of the period is left for them. Below `protocolPeriodMs`.
   */
  readonly probeTimeoutMs: number;
  /** Members asked to ping on one's behalf (k). More: fewer false suspicions, more messages on loss. */
  readonly indirectProbes: number;
  /**
   * α: a suspicion that enough others share lasts α · max(1, log10 n) periods. More: longer for the
   * accused to refute, later detection.
   */
  readonly suspicionMultiplier: number;
  /**
   * β: a suspicion that nobody shares lasts β times as long [Lifeguard §IV.B]. More: a lone slow
   * accuser does less harm, detection waits longer for confirmation. 1 switches it off.
   */
  readonly suspicionMaxFactor: number;
  /** K: independent accusers that shorten a suspicion to its minimum. More: slower, surer. */
  readonly suspicionConfirmations: number;
  /** λ: an update is sent λ · ln(n + 1) times. More: fewer members missed, more bytes. */
  readonly transmitMultiplier: number;
  /**
   * S: how far a member that doubts its own health slows its probes, as (S + 1) times at most
   * [Lifeguard §IV.A]. More: a slow member accuses less and detects later. 0 switches it off.
   */
  readonly localHealthMax: number;
  /** Tell a suspected member so in every ping to it [Lifeguard §IV.C]: a few bytes for a fast refutation. */
  readonly buddySystem: boolean;
  /**
   * Move open deadlines by as long as this member itself stood still (`tick` came late), for its own
   * pause says nothing of others. It then detects that much later; without, it wakes up accusing.
   */
  readonly forgiveOwnPauses: boolean;
  /**
   * Time between push-pulls with a random member. Shorter: news that gossip lost is found sooner. Views
   * that agree exchange a digest only; those that differ cost about 50 bytes a member each way.
   */
  readonly syncIntervalMs: number;
  /**
   * Time between attempts to reach the dead, and seeds that no living member answers for. Shorter: a
   * healed network partition is noticed sooner, at the price of messages into the void; about three
   * attempts on each dead member are made in this time by the whole cluster, whatever its size.
   */
  readonly reconnectIntervalMs: number;
  /** The most bytes of one encoded message. More: faster dissemination and sync; bounded by the MTU on UDP. */
  readonly messageBytesMax: number;
  /**
   * A record whose incarnation is further ahead is refused. More: a member may come back after more
   * restarts and refutations unnoticed; less: a corrupt record does less harm.
   */
  readonly incarnationJumpMax: number;
  /**
   * Incarnations made durable ahead of their use. More: a refutation never waits for a slow disk; a
   * restart skips that many numbers.
   */
  readonly incarnationReserve: number;
  /** How long the mark of a forgotten member is kept. Longer than members stay cut off, or it reappears. */
  readonly forgottenForMs: number;
  /**
   * `roundRobin` bounds the time until a member is probed by everyone [SWIM §4.3]. `random` is the basic
   * protocol of [SWIM §3.1]: as good on average, unbounded at worst; for comparison.
   */
  readonly probeOrder: "roundRobin" | "random";
  /**
   * Time from start to the first probe. Undefined: random within one period, so that probes spread
   * evenly. A fixed one makes members probe in lockstep, which delays detection; for comparison.
   */
  readonly firstProbeMs: number | undefined;
}

/** For a data centre: one probe a second, a crash confirmed within about ten. */
export const defaultSwimConfig: SwimConfig = {
  protocolPeriodMs: 1_000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  suspicionMultiplier: 4,
  suspicionMaxFactor: 6,
  suspicionConfirmations: 3,
  transmitMultiplier: 3,
  localHealthMax: 8,
  buddySystem: true,
  forgiveOwnPauses: true,
  syncIntervalMs: 30_000,
  reconnectIntervalMs: 10_000,
  messageBytesMax: 1_350,
  incarnationJumpMax: 1_000_000,
  incarnationReserve: 16,
  forgottenForMs: 24 * 3_600_000,
  probeOrder: "roundRobin",
  firstProbeMs: undefined,
};

/** SWIM as of 2002, without anything of Lifeguard: to compare with, not to use. */
export const plainSwim: Partial<SwimConfig> = {
  suspicionMaxFactor: 1,
  localHealthMax: 0,
  buddySystem: false,
  forgiveOwnPauses: false,
};

/** The longest header, the largest record and the bounds of a range fit into this. */
export const MESSAGE_BYTES_MIN = 1_152;

/** Beyond it a list of records would need a longer count than is reserved for it. */
const MESSAGE_BYTES_MAX = 65_536;

/** Fills in the defaults. @throws RangeError naming the first option that cannot work. */
export function swimConfig(options: Partial<SwimConfig>): SwimConfig {
  const names = Object.keys(defaultSwimConfig) as (keyof SwimConfig)[];
  const given = names.filter((name) => options[name] !== undefined);
  const config: SwimConfig = {
    ...defaultSwimConfig,
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
  };
  const demand = (holds: boolean, sentence: string): void => {
    if (!holds) throw new RangeError(sentence);
  };
  const positive = [
    "protocolPeriodMs",
    "probeTimeoutMs",
    "suspicionMultiplier",
    "transmitMultiplier",
    "syncIntervalMs",
    "reconnectIntervalMs",
    "forgottenForMs",
  ] as const;
  for (const name of positive) demand(config[name] > 0, `${name} must be above 0`);
  const counts = [
    "indirectProbes",
    "suspicionConfirmations",
    "localHealthMax",
    "incarnationJumpMax",
    "incarnationReserve",
  ] as const;
  for (const name of counts) {
    demand(Number.isSafeInteger(config[name]) && config[name] >= 0, `${name} must be 0, 1, 2, …`);
  }
  demand(config.incarnationJumpMax >= 1_000, "incarnationJumpMax must be at least 1000");
  demand(config.suspicionMaxFactor >= 1, "suspicionMaxFactor must be at least 1");
  demand(
    config.probeTimeoutMs < config.protocolPeriodMs,
    "probeTimeoutMs must be below protocolPeriodMs, to leave time for the indirect probes",
  );
  demand(
    config.messageBytesMax >= MESSAGE_BYTES_MIN,
    `messageBytesMax must be at least ${MESSAGE_BYTES_MIN}, or one record may not fit`,
  );
  demand(
    config.messageBytesMax <= MESSAGE_BYTES_MAX,
    `messageBytesMax must be at most ${MESSAGE_BYTES_MAX}`,
  );
  return config;
}
