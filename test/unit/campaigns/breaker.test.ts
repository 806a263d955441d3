// The oracle of deletions that are paused: what counts as destroyed, and from when on nothing may be.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from '../../campaigns/harness/stage.ts';
import { HOLDS, destroyed } from '../../campaigns/stories/mass-deletion-steps.ts';
import { Diary, SOMEBODY } from './made-up.ts';

function stageOf(ledger: Diary, more: object = {}): Stage {
  const vcenter = { ledger: (since: number) => Promise.resolve(ledger.entries.slice(since)) };
  return { vcenter, storyFrom: 0, patienceMs: 5_000, ...more } as unknown as Stage;
}

describe('what was destroyed', () => {
  it('is what the operator destroys, once each', async () => {
    const ledger = new Diary()
      .done('Destroy_Task', 'vm-1', { task: 'task-1' })
      .call('Destroy_Task', 'vm-2', { task: 'task-2' }) // it runs
      .done('PowerOffVM_Task', 'vm-3', { task: 'task-3' });
    expect(await destroyed(stageOf(ledger))).toBe(2);
    expect(await destroyed(stageOf(ledger), 2)).toBe(1);
    ledger.end('Destroy_Task', 'vm-2', { task: 'task-2', fault: 'TaskInProgress' });
    expect(await destroyed(stageOf(ledger))).toBe(1);
    ledger.done('Destroy_Task', 'vm-2', { task: 'task-4' }).call('Destroy_Task', 'vm-2', { task: 'task-5' });
    expect(await destroyed(stageOf(ledger))).toBe(2);
  });

  it('is nothing that was refused, and nothing that somebody destroyed', async () => {
    const ledger = new Diary()
      .call('Destroy_Task', 'vm-1')
      .end('Destroy_Task', 'vm-1', { fault: 'NoPermission' })
      .done('Destroy_Task', 'vm-2', { task: 'task-2', user: SOMEBODY });
    expect(await destroyed(stageOf(ledger))).toBe(0);
  });
});

describe('while deletions are paused', () => {
  let metrics: Server;
  let looks = 0;

  beforeEach(async () => {
    const series = (name: string): string => `controller_runtime_reconcile_total{controller="${name}",result="ok"} `;
    metrics = createServer((_request, answer) => {
      looks += 100;
      answer.end(['vcenter', 'linked-clone'].map((name) => `${series(name)}${looks}\n`).join(''));
    });
    await new Promise<void>((resolve) => metrics.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    metrics.close();
  });

  /** `late`: destroyed when the process had ended, and its calls had arrived. */
  async function holds({ late }: { readonly late: boolean }): Promise<void> {
    const ledger = new Diary().done('Destroy_Task', 'vm-1', { task: 'task-1' });
    const paused = { conditions: [{ type: 'DeletionsPaused', status: 'True' }] };
    await HOLDS.run(
      stageOf(ledger, {
        get: () => Promise.resolve({ status: paused }),
        holds: () => Promise.resolve([{ type: 'DeletionsPaused', id: 'deletions-7' }]),
        api: { annotate: () => Promise.resolve() },
        operator: {
          metricsUrl: `http://127.0.0.1:${(metrics.address() as AddressInfo).port}`,
          kill: () => Promise.resolve(ledger.call('Destroy_Task', 'vm-2', { task: 'task-2' })),
          settled: () => Promise.resolve(late ? ledger.call('Destroy_Task', 'vm-4', { task: 'task-4' }) : undefined),
        },
        vcProxy: { drained: () => Promise.resolve(ledger.call('Destroy_Task', 'vm-3', { task: 'task-3' })) },
      }),
    );
  }

  it('may go what was on its way, and nothing once that has arrived', async () => {
    await expect(holds({ late: false })).resolves.toBeUndefined();
    await expect(holds({ late: true })).rejects.toThrow('1 were destroyed while deletions were paused');
  });
});
