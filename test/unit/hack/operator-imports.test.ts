// What the operator's process loads: its memory is budgeted, so nothing of the simulator, also not its table of types.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

/** Every file of the project that is loaded for `start`, by the imports that are more than types. */
function loadedBy(start: URL): ReadonlySet<string> {
  const loaded = new Set<string>();
  const pending = [start];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (loaded.has(file.pathname) || !existsSync(file)) continue;
    loaded.add(file.pathname);
    const imports = readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )(?:[^;]*? from )?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm,
    );
    for (const [, named, dynamic] of imports) pending.push(new URL(named ?? dynamic ?? '', file));
  }
  return loaded;
}

it('is nothing of the simulator', () => {
  const loaded = [...loadedBy(new URL('../../../src/main.ts', import.meta.url))];
  expect(loaded.some((path) => path.endsWith('src/vsphere/schema.generated.ts'))).toBe(true);
  expect(loaded.filter((path) => path.includes('/src/simulator/'))).toEqual([]);
});
