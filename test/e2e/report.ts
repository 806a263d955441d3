// Says what held and what didn't, as it happens and at the end. After a failed claim its part ends and the next one runs.
import { performance } from 'node:perf_hooks';
import { errorMessage } from '../../src/util/errors.ts';
import type { Progress } from '../../src/testbed/progress/progress.ts';
import type { Context } from './context.ts';
import { OPERATOR_NAMESPACE } from './context.ts';

export interface Report {
  check: <T>(claim: string, prove: () => Promise<T>) => Promise<T>;
  /** False when the part failed. */
  part(name: string, run: () => Promise<void>): Promise<boolean>;
  /** Writes what helps to see why a part failed. */
  explain(context: Context): Promise<void>;
  /** Writes the outcome; gives the exit code. */
  summary(): number;
}

export function createReport(progress: Progress): Report {
  const begun = performance.now();
  const failures: string[] = [];
  let parts = 0;
  let claims = 0;
  let current = '';
  return {
    async check(claim, prove) {
      const at = performance.now();
      const step = progress.step(claim);
      try {
        const proven = await prove();
        claims += 1;
        step.end();
        progress.note(`  ✓ ${claim} (${seconds(at)} s)`);
        return proven;
      } catch (error) {
        step.end();
        throw new Error(`${claim}: ${errorMessage(error)}`, { cause: error });
      }
    },
    async part(name, run) {
      parts += 1;
      current = name;
      const at = performance.now();
      progress.note(`\n${name}`);
      try {
        await run();
        progress.note(`  done in ${seconds(at)} s`);
        return true;
      } catch (error) {
        failures.push(`${current}: ${errorMessage(error)}`);
        progress.note(`  ✗ ${errorMessage(error)}`);
        return false;
      }
    },
    async explain({ kubectl, progress: out }) {
      const questions = [
        ['get', 'vcenters,bsnap,lcs', '-A', '-o', 'wide'],
        ['get', 'pods', '-A', '-o', 'wide'],
        ['logs', '-n', OPERATOR_NAMESPACE, '-l', 'app.kubernetes.io/component=operator', '--tail=30'],
      ];
      for (const args of questions) {
        const answer = await kubectl(args).catch((error: unknown) => errorMessage(error));
        out.note(`$ kubectl ${args.join(' ')}\n${answer}`);
      }
    },
    summary() {
      const outcome = `${claims} claims held in ${parts} parts, ${seconds(begun)} s`;
      progress.note(
        failures.length === 0 ? `\nall passed: ${outcome}` : `\nFAILED: ${outcome}\n${failures.join('\n')}`,
      );
      return failures.length === 0 ? 0 : 1;
    },
  };
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
