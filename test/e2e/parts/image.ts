// The image is small, has no shell, runs as a number, and says what it is.
import assert from 'node:assert/strict';
import type { Context } from '../context.ts';

const LARGEST_BYTES = 200_000_000;

export async function image({ cluster, check }: Context): Promise<void> {
  const { unpackedBytes, shells, config } = cluster.images;
  await check(`at most 200 MB unpacked: ${Math.round(unpackedBytes / 1e6)}`, async () =>
    assert.ok(unpackedBytes <= LARGEST_BYTES, `${unpackedBytes} bytes`),
  );
  await check('no shell and no package manager', async () => assert.deepEqual(shells, []));
  await check('a numeric user that is not root, one process, labels', async () => {
    assert.match(config.User ?? '', /^[1-9]\d*(:\d+)?$/);
    assert.equal(config.Entrypoint?.[0], 'node');
    for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
      assert.ok(config.Labels?.[`org.opencontainers.image.${label}`], label);
  });
}
