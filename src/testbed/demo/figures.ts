// Figures as the demo shows them. GB are 2^30 bytes, as vSphere clients show them.

const GB = 2 ** 30;

/** `11811160064` → `11.0 GB`. */
export function formatGb(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}

/** The same without a zero behind the point: `11 GB`, `238.8 GB`. */
export function formatGbShort(bytes: number): string {
  return formatGb(bytes).replace('.0 ', ' ');
}

/** `97.1` → `97.1 %`. */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(1)} %`;
}
