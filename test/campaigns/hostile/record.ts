// Records the replies that the campaign cuts short: `node test/campaigns/hostile/record.ts`. The
// largest reply of each method below a limit, from a life of a base and a few clones.
import { writeFileSync } from 'node:fs';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Rig } from '../long-lived/rig.ts';
import { soapMethodOf } from '../long-lived/tampering-proxy.ts';
import { REPLIES_FILE } from './replies.ts';
import { CHURN, HOSTILE_INVENTORY, OPERATOR_FLAGS, buildScene } from './scene.ts';

const LARGEST = 10_000;

const best = new Map<string, Buffer>();
const rig = await Rig.start({
  campaign: 'record',
  inventory: HOSTILE_INVENTORY,
  operatorFlags: OPERATOR_FLAGS,
  toVCenter: {
    reply({ body }, reply) {
      const method = soapMethodOf(body);
      const before = best.get(method);
      const fits = reply.body.length <= LARGEST && reply.body.length > (before?.length ?? 0);
      if (reply.status === 200 && fits) best.set(method, reply.body);
      return reply;
    },
  },
});
const scene = await buildScene(rig);
await scene.beginChurn();
await rig.lab.setReady('churn', CHURN);
await scene.endChurn();
await waitUntil('the end of the churn', () => scene.churnGone(), { timeoutMs: 60_000 });
await scene.close();
await rig.finish(false);
const replies = [...best].map(([method, body]) => [method, body.toString('utf8').trimEnd()] as const);
writeFileSync(REPLIES_FILE, `${JSON.stringify(Object.fromEntries(replies), undefined, 2)}\n`);
process.stdout.write(
  `${JSON.stringify(Object.fromEntries([...best].map(([method, body]) => [method, body.length])))}\n`,
);
process.exit(0);
