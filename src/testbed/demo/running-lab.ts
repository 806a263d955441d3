// The processes of a demo: control plane, simulated vCenter, operator. Started one after the other, watched, and ended
// together: at most five seconds, whatever one of them does meanwhile.
import { join } from 'node:path';
import { OPERATOR_NAMESPACE } from '../control-plane/operator-user.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startControlPlane } from '../control-plane/start-control-plane.ts';
import type { RunningOperator } from '../operator.ts';
import { startOperator } from '../operator.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import type { Progress } from '../progress/progress.ts';
import type { RunningSimulator } from '../simulator.ts';
import { startSimulator } from '../simulator.ts';
import { waitUntil } from '../wait-until.ts';
import { lastLines } from './last-lines.ts';
import { isOperatorReady } from './operator-progress.ts';
import { SAMPLE_INVENTORY } from './samples.ts';

export interface RunningLab {
  controlPlane: ControlPlane;
  simulator: RunningSimulator;
  operator: RunningOperator;
  operatorLog: string;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface LabOptions {
  speed: number;
  progress: Progress;
  /** Ends the start, with nothing left of it; has no say afterwards. */
  signal: AbortSignal;
  /** Called with which process ended by itself, and its last words. */
  onFailure: (error: Error) => void;
}

const OPERATOR_GRACE_MS = 3000;
const SIMULATOR_GRACE_MS = 1500;
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/linked-clone-operator`;

/** Starts all of it; the operator leads and its caches are filled. Builds what isn't there. */
export async function startLab(options: LabOptions): Promise<RunningLab> {
  const { progress, signal } = options;
  let stopping = false;
  const onFailure = (error: Error): void => {
    if (!stopping) options.onFailure(error);
  };
  const processes: ManagedProcess[] = [];
  const watch = <T extends { process: ManagedProcess }>(started: T): T => {
    processes.push(started.process);
    void started.process.exited.then(({ code, signal: by }) =>
      onFailure(endedByItself(started.process.name, by ?? `exit code ${code}`, started.process.logTail())),
    );
    return started;
  };
  const controlPlane = await startControlPlane({
    signal,
    progress,
    onUnexpectedExit: (error) => onFailure(shortened(error)),
  });
  const at = (name: string): string => join(controlPlane.directory, name);
  const operatorLog = at('operator.log');

  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    stopping = true;
    const [operator, simulator] = [processes.find(isOperator), processes.find((one) => !isOperator(one))];
    // The operator first: it logs out of the one and gives its Lease back to the other.
    await operator?.stop(OPERATOR_GRACE_MS);
    await Promise.all([simulator?.stop(SIMULATOR_GRACE_MS), controlPlane.stop()]);
  }
  const stop = (): Promise<void> => (stopped ??= stopAll());

  const step = progress.step('starting the simulated vCenter and the operator');
  try {
    const flags = { inventory: SAMPLE_INVENTORY, speed: options.speed };
    const [simulator, kubeconfig] = await both(
      startSimulator({ flags, logFile: at('simulator.log'), signal }).then(watch),
      controlPlane.operatorKubeconfig(),
    );
    signal.throwIfAborted();
    const operator = watch(
      await startOperator({ kubeconfig, flags: { 'allow-loopback-vcenter': true }, logFile: operatorLog, signal }),
    );
    await waitUntil('the operator to be ready', () => isOperatorReady(operator.metricsUrl, signal), { signal });
    await waitUntil('the operator to lead', () => isLeading(controlPlane, signal), { signal });
    step.end('simulated vCenter and operator ready');
    return { controlPlane, simulator, operator, operatorLog, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    step.end();
  }
}

/** Rejects only when both have come to their end, so that nothing is started behind a clean-up. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

async function isLeading({ api }: ControlPlane, signal: AbortSignal): Promise<boolean> {
  const { status, text } = await api.request('GET', LEASE, { signal });
  if (status !== 200) return false;
  const lease = JSON.parse(text) as { spec?: { holderIdentity?: string } };
  return (lease.spec?.holderIdentity ?? '') !== '';
}

function isOperator({ name }: ManagedProcess): boolean {
  return name === 'operator';
}

function endedByItself(name: string, how: string, log: string): Error {
  return new Error(`the ${name} ended by itself (${how}); it wrote last:\n${lastLines(log)}`);
}

/** A server's message is its first line and then its log. */
function shortened({ message }: Error): Error {
  const [first = '', ...log] = message.split('\n');
  return new Error(`${first}\n${lastLines(log.join('\n'))}`);
}
