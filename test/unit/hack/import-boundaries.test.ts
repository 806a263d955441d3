// The linter's import boundaries report what they should: each folder is tried with an import that it must not have and
// with one that it may, in a tree of its own.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const REFUSED: readonly [file: string, imported: string][] = [
  ['src/util/a.ts', '../telemetry/logger.ts'],
  ['src/telemetry/a.ts', '../kube/rest.ts'],
  ['src/api/a.ts', '../kube/rest.ts'],
  ['src/api/b.ts', '../vsphere/schema.ts'],
  ['src/api/c.ts', 'node:fs'],
  ['src/vsphere/soap/a.ts', '../../kube/rest.ts'],
  ['src/vsphere/b.ts', '../api/conditions.ts'],
  ['src/vsphere/c.ts', '@kubernetes/client-node'],
  ['src/kube/a.ts', '../api/conditions.ts'],
  ['src/kube/b.ts', '../vsphere/schema.ts'],
  ['src/kube/c.ts', 'axios'],
  ['src/kube/d.ts', '../config.ts'],
  ['src/controllers/vcenter/a.ts', '../../simulator/world.ts'],
  ['src/controllers/vcenter/b.ts', '../../testbed/demo.ts'],
  ['src/controllers/vcenter/c.ts', '@kubernetes/client-node'],
  ['src/controllers/vcenter/d.ts', '../../main.ts'],
  ['src/simulator/a.ts', '../kube/rest.ts'],
  ['src/simulator/vm/a.ts', '../../vsphere/faults.ts'],
  ['src/testbed/demo/a.ts', '../../controllers/vcenter/reconciler.ts'],
  ['src/cli/a.ts', '../vsphere/schema.ts'],
  ['src/main.ts', './testbed/demo.ts'],
  ['src/config.ts', './simulator/world.ts'],
  ['src/kube/e.ts', '../../test/support/fake.ts'],
];

const ALLOWED: readonly [file: string, imported: string][] = [
  ['src/telemetry/ok.ts', '../util/clock.ts'],
  ['src/api/ok.ts', '../util/errors.ts'],
  ['src/vsphere/soap/ok.ts', '../faults.ts'],
  ['src/vsphere/axios.ts', 'axios'],
  ['src/kube/ok.ts', '@kubernetes/client-node'],
  ['src/controllers/vcenter/ok.ts', '../../kube/rest.ts'],
  ['src/controllers/vcenter/ok2.ts', '../../vsphere/client.ts'],
  ['src/controllers/vcenter/ok3.ts', '../shared/phases.ts'],
  ['src/simulator/vm/ok.ts', '../../vsphere/vim-schema.ts'],
  ['src/simulator/vm/ok2.ts', '../../vsphere/schema.generated.ts'],
  ['src/simulator/vm/ok3.ts', '../../vsphere/mo-ref.ts'],
  ['src/testbed/demo/ok.ts', '../../simulator/world.ts'],
  ['src/cli/ok.ts', '../kube/rest.ts'],
];

describe('import boundaries', () => {
  let folder: string;
  let reported: ReadonlySet<string>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lco-boundaries-'));
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const [file, imported] of [...REFUSED, ...ALLOWED]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import { x } from '${imported}';\nexport const y = x;\n`);
    }
    reported = lint();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Files with a forbidden import. */
  function lint(): ReadonlySet<string> {
    const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
    // exits 1 because it finds something
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format=unix'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
    });
    const offences = stdout.split('\n').filter((line) => line.includes('no-restricted-imports'));
    return new Set(offences.map((line) => line.split(':')[0] ?? ''));
  }

  it.each(REFUSED)('%s must not import %s', (file) => {
    expect(reported.has(file)).toBe(true);
  });

  it.each(ALLOWED)('%s may import %s', (file) => {
    expect(reported.has(file)).toBe(false);
  });
});
