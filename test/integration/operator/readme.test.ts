// "Five minutes with kubectl" of README.md, line by line on the published samples: what each line says that happens, happens.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { commandBlocks } from '../../support/documented-commands.ts';
import { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG } from './support/bases.ts';

jest.setTimeout(240_000);

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  const inventory = parseAllDocuments(readFileSync(repositoryPath('deploy/simulator/inventory.yaml'), 'utf8'))[0];
  lab = await Lab.start({ directory, inventory: inventory?.toJS(), speed: 50 });
  for (const sample of ['4-base-snapshots', '5-linked-clone-sets'])
    await lab.controlPlane.kubectl(['apply', '--server-side', '-f', repositoryPath(`deploy/samples/${sample}.yaml`)]);
  await lab.setReady('capture', 25, 120_000);
}, 180_000);
afterAll(() => lab?.stop(), 120_000);

/** A line of the page, without its remark; what it prints. */
async function run(line: string): Promise<string> {
  const [command = ''] = line.split('  #');
  const [program, ...args] = command.trim().split(' ');
  expect(program).toBe('kubectl');
  return lab.controlPlane.kubectl(args);
}

it('each line does what it says', async () => {
  const block = commandBlocks('README.md').find(({ section }) => section.startsWith('Five minutes'));
  const [sets, clones, up, down, describeClone, deleteBase, describeBase, deleteSet, ...more] =
    block?.text.trim().split('\n') ?? [];
  expect(more).toEqual([]);

  expect(await run(sets ?? '')).toMatch(/^NAME .*\ncapture +25 +25 /);
  expect((await run(clones ?? '')).split('\n').filter((line) => line.startsWith('capture-'))).toHaveLength(25);
  await run(up ?? '');
  await lab.setReady('capture', 30, 120_000);
  await run(down ?? '');
  await lab.setReady('capture', 3, 120_000);
  const left = (await lab.clonesOf('capture')).map(({ metadata }) => metadata.name).toSorted();
  expect(left).toEqual(['capture-1', 'capture-2', 'capture-3']);
  const said = await run(describeClone ?? '');
  for (const condition of ['Cloned', 'Linked', 'Customized'])
    expect(said).toMatch(new RegExp(`Type: +${condition}\\n`));

  expect(await run(deleteBase ?? '')).toContain('"capture-1.0" deleted');
  await waitUntil('what holds it', async () => /DeletionBlocked/.test(await run(describeBase ?? '')), LONG);
  const why = await run(describeBase ?? '');
  for (const holder of ['capture-1', 'capture-2', 'capture-3']) expect(why).toContain(holder);
  await run(deleteSet ?? '');
  await lab.gone('basesnapshots', 'capture-1.0', 'lab', LONG.timeoutMs);
  expect((await lab.clonesOf('capture')).length).toBe(0);
});
