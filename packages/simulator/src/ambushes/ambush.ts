import type { Bucket } from "@coterie/quorum";
import type { AmbushScene } from "./scene.ts";

/**
 * A fault that is aimed: it waits for a step of a protocol, and does its harm just then. Faults by lot seldom
 * meet the few milliseconds on which a rule depends; what they are good for is what nobody thought of.
 */
export interface Ambush {
  /** What it does, as half a sentence. */
  readonly name: string;
  /** What has to go on for it to make sense. None: nothing of it does. */
  readonly needs: readonly ("ringChanges" | "deletes")[];
  /** The longest that a client rests between two calls: for ambushes that take seconds. Default: drawn, short. */
  readonly thinkMs?: number;
  /** What is other than usual in the bucket that clients use. */
  readonly bucket?: Partial<Bucket>;
  /** Once; what it leaves behind is healed. */
  readonly play: (scene: AmbushScene) => Promise<void>;
}
