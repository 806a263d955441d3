// A cluster that was restored elsewhere from a backup while the first one goes on: a second control plane with all of its
// data, UIDs and Lease included, and an operator on it that knows of no other.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { etcdData } from '../../../src/testbed/control-plane/server-specs.ts';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { startControlPlane } from '../../../src/testbed/control-plane/start-control-plane.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { LabApi } from '../../support/lab-api.ts';
import { OperatorProcess } from './operator-process.ts';
import type { OperatorProcessOptions } from './operator-process.ts';

/** As which version its operator reports itself: by that its calls are told from those of the first cluster's processes. */
const COPYS_VERSION = 'restored-elsewhere';

/** What its operator calls itself when it calls a vCenter. */
export const COPYS_USER_AGENT = `linked-clone-operator/${COPYS_VERSION}`;

/** As of now: the store stands still while its files are copied. */
async function backUp(controlPlane: ControlPlane, folder: string): Promise<void> {
  const etcd = controlPlane.process('etcd');
  etcd.freeze();
  try {
    await cp(etcdData(controlPlane.directory), folder, { recursive: true });
  } finally {
    etcd.resume();
  }
}

export class ClusterCopy {
  readonly api: LabApi;
  /** When the backup was made, epoch milliseconds. */
  readonly backedUpAt: number;
  readonly operator: OperatorProcess;
  readonly #controlPlane: ControlPlane;

  private constructor(controlPlane: ControlPlane, backedUpAt: number, operator: OperatorProcess) {
    this.#controlPlane = controlPlane;
    this.api = new LabApi(controlPlane.api);
    this.backedUpAt = backedUpAt;
    this.operator = operator;
  }

  /** Its operator isn't started. */
  static async of(
    original: ControlPlane,
    options: Omit<OperatorProcessOptions, 'name' | 'kubeconfig'>,
  ): Promise<ClusterCopy> {
    const backup = join(options.directory, 'backup');
    const backedUpAt = Date.now();
    await backUp(original, backup);
    const controlPlane = await startControlPlane({ progress: silentProgress, crdDirectory: 'none', data: backup });
    try {
      await rm(backup, { recursive: true });
      const kubeconfig = await controlPlane.operatorKubeconfig();
      const flags = { ...options.flags, version: COPYS_VERSION };
      const operator = new OperatorProcess({ ...options, flags, name: 'copy', kubeconfig });
      return new ClusterCopy(controlPlane, backedUpAt, operator);
    } catch (error) {
      await controlPlane.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.operator.stop();
    await this.#controlPlane.stop();
  }
}
