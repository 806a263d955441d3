// Bytes for people: binary units with three digits at most, as vSphere clients show sizes.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `139460608` → `133 MiB`, `1395864371` → `1.3 GiB`. Rounded; one decimal below ten. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.5 would be shown as 1024: that is one of the next unit
  while (Math.abs(value) >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit > 0 && Math.abs(value) < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${text} ${UNITS[unit] ?? ''}`;
}
