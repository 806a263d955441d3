// Whose a change is, where a cluster was restored elsewhere and both operators have one account: each may log in again.
import { describe, expect, it } from '@jest/globals';
import { COPYS_USER_AGENT } from '../../campaigns/harness/cluster-copy.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { Stage } from '../../campaigns/harness/stage.ts';
import { byTheFirst } from '../../campaigns/split-brain/claims.ts';
import { restoredElsewhere } from '../../campaigns/split-brain/elsewhere.ts';
import { Diary, evidenceOf, hit } from './made-up.ts';

const FIRST = 'linked-clone-operator/0.1.0';

/** One change by each of these, with sessions of their own; undefined: it wasn't seen. */
function changesBy(...senders: readonly (string | undefined)[]): Evidence {
  const ledger = new Diary();
  const witnessed = senders.flatMap((userAgent, i) => {
    ledger.call('PowerOnVM_Task', 'vm-1', { session: `session-${i}` });
    return userAgent === undefined ? [] : [hit(i + 1, 'PowerOnVM_Task', 'vm-1', { userAgent })];
  });
  return evidenceOf({ ledger, witnessed });
}

describe('a cluster that was restored elsewhere', () => {
  const judge = async (evidence: Evidence): Promise<readonly string[]> => {
    const problems = (await restoredElsewhere().judge?.(evidence, {} as Stage)) ?? [];
    return problems.map(({ oracle, text }) => `${oracle}: ${text}`);
  };

  it('is not blamed for what later processes of the first one change', async () => {
    expect(await judge(changesBy(FIRST, FIRST))).toEqual([]);
  });

  it('is blamed for what it changes itself, and for what nobody was seen to send', async () => {
    const text = (seq: number): string => `claim: ledger ${seq}: PowerOnVM_Task vm-1 by the cluster restored elsewhere`;
    expect(await judge(changesBy(FIRST, COPYS_USER_AGENT, undefined))).toEqual([text(2), text(3)]);
  });
});

it('the first cluster is not blamed for what the copy changes with its second session', () => {
  const evidence = changesBy(COPYS_USER_AGENT, FIRST, COPYS_USER_AGENT, undefined);
  expect(byTheFirst(evidence).map(({ seq }) => seq)).toEqual([2, 4]);
});
