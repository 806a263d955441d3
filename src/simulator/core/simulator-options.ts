// What a simulated vCenter is started with: the flags of main.ts, with every default decided.
import type { Logger } from '../../telemetry/logger.ts';

export interface SimulatorOptions {
  /** The text of an inventory file (YAML). */
  readonly inventory: string;
  readonly listenHost: string;
  /** 0: any free port. */
  readonly listenPort: number;
  readonly adminHost: string;
  readonly adminPort: number;
  /** To serve with; undefined: one is made. */
  readonly certificate?: { readonly keyPem: string; readonly certificatePem: string; readonly thumbprint: string };
  readonly username: string;
  readonly password: string;
  /** Simulated seconds per real second. */
  readonly speed: number;
  readonly clock: 'real' | 'manual';
  /** When CloneVM notices that the name is taken: in the call, or only as its task ends. */
  readonly duplicateName: 'start' | 'end';
  /** Idle time after which a session is gone, in simulated seconds; 0: never. */
  readonly sessionTimeoutSeconds: number;
  /** Sessions at the same time; undefined: what the inventory says, else vCenter's 2,000. */
  readonly maxSessions?: number;
  /** Seeds everything that looks random: uuids, MACs, durations. */
  readonly seed: number;
  /** File in which the inventory is kept over a restart; undefined: it isn't. */
  readonly stateFile?: string;
  readonly logger: Logger;
}
