// What the operator asked of the API server in this run, from its audit log: nothing for which the chart has no rule. That every
// rule is used is shown by one story of a lab (test/packaging/cluster/used-rights.test.ts).
import assert from 'node:assert/strict';
import { parseManifests } from '../../packaging/support/render.ts';
import { grantedRights, usedRights } from '../../packaging/support/rights.ts';
import { auditLogs } from '../audit-logs.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import { ACCOUNT, CHART, DEPLOYMENT } from '../operator.ts';

const ROLES = new RegExp(`^${DEPLOYMENT}(-managed|-events)?$`);
/** `helm test` asks what its own account may do, as everybody may. */
const EVERYBODYS = 'create selfsubjectaccessreviews.authorization.k8s.io';

export async function rights({ check, helm, controlPlane, progress }: Context): Promise<void> {
  await check('whatever the operator asked for in this run, the chart has a rule for it', async () => {
    const chart = await helm(['template', RELEASE, CHART, '--namespace', OPERATOR_NAMESPACE]);
    const granted = grantedRights(parseManifests(chart), ROLES);
    const used = new Set<string>();
    for (const file of auditLogs(controlPlane))
      for (const one of (await usedRights(file, ACCOUNT, granted)).used) used.add(one);
    progress.note(`  ${used.size} rights were used, ${granted.size} are given`);
    assert.ok(used.has('get secrets') && used.has('patch vcenters/status.linkedclone.dev'), 'the operator worked');
    const beyond = [...used].filter((one) => !granted.has(one) && one !== EVERYBODYS);
    assert.deepEqual(beyond, []);
  });
}
