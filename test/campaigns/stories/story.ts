// A story: what people do, step by step, and what must hold at the end. The same with and without faults.
import type { Stage } from '../harness/stage.ts';
import type { Flags } from '../harness/timers.ts';

export interface Step {
  readonly label: string;
  /** It does nothing itself: the time that it takes is the operator's. */
  readonly waits?: boolean;
  run(stage: Stage): Promise<void>;
}

/** What is still missing for the end; undefined when it's there. */
export type Expectation = (stage: Stage) => Promise<string | undefined>;

export interface Story {
  readonly name: string;
  /** Creates and deletes are as many in every run. */
  readonly deterministic: boolean;
  /** The set's folder is there before, with a VM of somebody's in it. */
  readonly folderExists?: boolean;
  /** Tasks and sessions end without a trace. */
  readonly vCenterForgets?: boolean;
  /** Machines get other references and folders, decoys too. */
  readonly decoysMove?: boolean;
  /** In which folder a clone ends depends on the host that was chosen for it. */
  readonly foldersDiffer?: boolean;
  /** Which ordinals are free when clones are made depends on which of those before are gone by then. */
  readonly ordinalsDiffer?: boolean;
  /** Something happens to its namespace: it's labelled otherwise, or goes. */
  readonly changesNamespace?: boolean;
  /** Names of objects whose deletion stays held. */
  readonly mayHold?: readonly string[];
  /** The clone that no story touches goes, too. */
  readonly keeperGoes?: boolean;
  /** May take up to 30 seconds: told apart in reports. */
  readonly slow?: boolean;
  /** Timers of the operator that are others in this story. */
  readonly operatorFlags?: Flags;
  /** Undisturbed. */
  readonly before?: readonly Step[];
  readonly steps: readonly Step[];
  readonly end: readonly Expectation[];
}
