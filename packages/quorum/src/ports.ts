import type { Clock, Random, Timers } from "@coterie/core";
import type { Replicas } from "./replicas.ts";

/** All that a request flow touches of the world. */
export interface Ports {
  readonly replicas: Replicas;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}
