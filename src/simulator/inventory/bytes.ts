// Sizes as people write them: "3.34 GB", "512 MB". Units are powers of 1024, as vSphere clients show them.

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Bytes, rounded up to a whole one; undefined when `text` isn't a size. KiB, MiB … mean the same as KB, MB …. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?(B?)\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, amount = '', prefix = '', suffix = ''] = match;
  const unit = UNITS[`${prefix}${prefix === '' ? suffix : 'B'}`.toUpperCase()];
  return unit === undefined ? undefined : Math.ceil(Number(amount) * unit);
}
